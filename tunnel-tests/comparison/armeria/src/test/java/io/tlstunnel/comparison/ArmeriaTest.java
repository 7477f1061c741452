package io.tlstunnel.comparison;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.server.HttpService;
import com.linecorp.armeria.server.ServerBuilder;
import com.linecorp.armeria.server.ServiceRequestContext;
import com.linecorp.armeria.server.SimpleDecoratingHttpService;
import com.linecorp.armeria.server.grpc.GrpcService;
import com.linecorp.armeria.testing.junit5.server.ServerExtension;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import io.grpc.health.v1.HealthCheckResponse;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.protobuf.services.HealthStatusManager;
import io.netty.handler.ssl.ClientAuth;
import java.util.Iterator;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.SNIHostName;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class ArmeriaTest {
  private static final Certificates CERTIFICATES = new Certificates();

  private final HealthStatusManager health = new HealthStatusManager();
  private final Queue<String> seen = new ConcurrentLinkedQueue<>();
  private final Queue<ServiceRequestContext> contexts = new ConcurrentLinkedQueue<>();
  private final AtomicInteger calls = new AtomicInteger();
  private final AtomicInteger unavailableCall = new AtomicInteger();
  private final AtomicInteger slowCall = new AtomicInteger();
  private HealthClient client;

  @RegisterExtension
  final ServerExtension server =
      new ServerExtension() {
        @Override
        protected void configure(ServerBuilder builder) {
          serve(builder, CERTIFICATES.server());
        }

        @Override
        protected boolean runForEachTest() {
          return true;
        }
      };

  @RegisterExtension
  final ServerExtension expired =
      new ServerExtension() {
        @Override
        protected void configure(ServerBuilder builder) {
          serve(builder, CERTIFICATES.expired());
        }

        @Override
        protected boolean runForEachTest() {
          return true;
        }
      };

  private void serve(ServerBuilder builder, Certificates.Pair shown) {
    builder
        .https(0)
        .tls(shown.chain().toFile(), shown.key().toFile())
        .tlsCustomizer(
            tls -> tls.trustManager(CERTIFICATES.ca().toFile()).clientAuth(ClientAuth.REQUIRE))
        .service(
            GrpcService.builder()
                .addService(health.getHealthService())
                .intercept(new Faults())
                .useBlockingTaskExecutor(true)
                .build(),
            Recorder::new);
  }

  private final class Recorder extends SimpleDecoratingHttpService {
    Recorder(HttpService delegate) {
      super(delegate);
    }

    @Override
    public HttpResponse serve(ServiceRequestContext context, HttpRequest request) throws Exception {
      ExtendedSSLSession session = (ExtendedSSLSession) context.sslSession();
      String sni =
          session.getRequestedServerNames().stream()
              .map(name -> ((SNIHostName) name).getAsciiName())
              .findFirst()
              .orElse("");
      seen.add(sni + " " + session.getPeerPrincipal().getName());
      contexts.add(context);
      return unwrap().serve(context, request);
    }
  }

  private final class Faults implements ServerInterceptor {
    @Override
    public <Q, R> ServerCall.Listener<Q> interceptCall(
        ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
      int number = calls.incrementAndGet();
      if (number == unavailableCall.get()) {
        call.close(Status.UNAVAILABLE.withDescription("down"), new Metadata());
        return new ServerCall.Listener<>() {};
      }
      if (number == slowCall.get()) {
        try {
          TimeUnit.MILLISECONDS.sleep(200);
        } catch (InterruptedException e) {
          throw new IllegalStateException(e);
        }
      }
      return next.startCall(call, headers);
    }
  }

  @AfterEach
  void close() {
    client.close();
  }

  @Test
  void mutualTlsWithSniAndIdentity() {
    client = new HealthClient(server.httpsPort(), CERTIFICATES);
    assertThat(client.check()).isEqualTo(ServingStatus.SERVING);
    assertThat(List.copyOf(seen)).containsExactly("store.example CN=desk");
  }

  @Test
  void expiredServerCertificate() {
    client = new HealthClient(expired.httpsPort(), CERTIFICATES);
    assertThatThrownBy(client::check).hasMessageContaining("UNAVAILABLE");
    assertThat(seen).isEmpty();
  }

  @Test
  void secondCallUnavailableThirdCallSlow() {
    client = new HealthClient(server.httpsPort(), CERTIFICATES);
    unavailableCall.set(2);
    slowCall.set(3);
    assertThat(client.check()).isEqualTo(ServingStatus.SERVING);
    assertThatThrownBy(client::check).hasMessage("UNAVAILABLE: down");
    long start = System.nanoTime();
    assertThat(client.check()).isEqualTo(ServingStatus.SERVING);
    assertThat(System.nanoTime() - start).isGreaterThan(190_000_000);
  }

  @Test
  void goAwayInMidStream() {
    client = new HealthClient(server.httpsPort(), CERTIFICATES);
    Iterator<HealthCheckResponse> statuses = client.watch();
    assertThat(statuses.next().getStatus()).isEqualTo(ServingStatus.SERVING);
    contexts.element().initiateConnectionShutdown();
    health.setStatus("", ServingStatus.NOT_SERVING);
    assertThat(statuses.next().getStatus()).isEqualTo(ServingStatus.NOT_SERVING);
    assertThat(client.check()).isEqualTo(ServingStatus.NOT_SERVING);
  }
}
