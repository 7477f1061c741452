package io.tlstunnel.comparison;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grpc.Grpc;
import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import io.grpc.TlsServerCredentials;
import io.grpc.health.v1.HealthCheckResponse;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.protobuf.services.HealthStatusManager;
import java.io.IOException;
import java.util.Iterator;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLSession;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** GrpcCleanupRule is for JUnit 4 and the in-process transport has no TLS: so a server by hand. */
class GrpcJavaTest {
  private static final Certificates CERTIFICATES = new Certificates();

  private final HealthStatusManager health = new HealthStatusManager();
  private final Queue<String> seen = new ConcurrentLinkedQueue<>();
  private final AtomicInteger calls = new AtomicInteger();
  private final AtomicInteger unavailableCall = new AtomicInteger();
  private final AtomicInteger slowCall = new AtomicInteger();
  private Server server;
  private HealthClient client;

  private void start(Certificates.Pair shown) throws IOException {
    server =
        Grpc.newServerBuilderForPort(
                0,
                TlsServerCredentials.newBuilder()
                    .keyManager(shown.chain().toFile(), shown.key().toFile())
                    .trustManager(CERTIFICATES.ca().toFile())
                    .clientAuth(TlsServerCredentials.ClientAuth.REQUIRE)
                    .build())
            .addService(health.getHealthService())
            .intercept(new Recorder())
            .build()
            .start();
    client = new HealthClient(server.getPort(), CERTIFICATES);
  }

  private final class Recorder implements ServerInterceptor {
    @Override
    public <Q, R> ServerCall.Listener<Q> interceptCall(
        ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
      SSLSession session = call.getAttributes().get(Grpc.TRANSPORT_ATTR_SSL_SESSION);
      try {
        String sni =
            ((ExtendedSSLSession) session)
                .getRequestedServerNames().stream()
                    .map(name -> ((SNIHostName) name).getAsciiName())
                    .findFirst()
                    .orElse("");
        seen.add(sni + " " + session.getPeerPrincipal().getName());
        int number = calls.incrementAndGet();
        if (number == unavailableCall.get()) {
          call.close(Status.UNAVAILABLE.withDescription("down"), new Metadata());
          return new ServerCall.Listener<>() {};
        }
        if (number == slowCall.get()) {
          TimeUnit.MILLISECONDS.sleep(200);
        }
        return next.startCall(call, headers);
      } catch (Exception e) {
        throw new IllegalStateException(e);
      }
    }
  }

  @AfterEach
  void close() throws InterruptedException {
    client.close();
    server.shutdownNow().awaitTermination(30, TimeUnit.SECONDS);
  }

  @Test
  void mutualTlsWithSniAndIdentity() throws IOException {
    start(CERTIFICATES.server());
    assertThat(client.check()).isEqualTo(ServingStatus.SERVING);
    assertThat(List.copyOf(seen)).containsExactly("store.example CN=desk");
  }

  @Test
  void expiredServerCertificate() throws IOException {
    start(CERTIFICATES.expired());
    assertThatThrownBy(client::check).hasMessageContaining("UNAVAILABLE");
    assertThat(seen).isEmpty();
  }

  @Test
  void secondCallUnavailableThirdCallSlow() throws IOException {
    start(CERTIFICATES.server());
    unavailableCall.set(2);
    slowCall.set(3);
    assertThat(client.check()).isEqualTo(ServingStatus.SERVING);
    assertThatThrownBy(client::check).hasMessage("UNAVAILABLE: down");
    long start = System.nanoTime();
    assertThat(client.check()).isEqualTo(ServingStatus.SERVING);
    assertThat(System.nanoTime() - start).isGreaterThan(190_000_000);
  }

  /** A graceful GOAWAY is what a server that shuts down says; RST_STREAM cannot be asked for. */
  @Test
  void goAwayInMidStream() throws IOException {
    start(CERTIFICATES.server());
    Iterator<HealthCheckResponse> statuses = client.watch();
    assertThat(statuses.next().getStatus()).isEqualTo(ServingStatus.SERVING);
    server.shutdown();
    health.setStatus("", ServingStatus.NOT_SERVING);
    assertThat(statuses.next().getStatus()).isEqualTo(ServingStatus.NOT_SERVING);
    assertThatThrownBy(client::check).hasMessageContaining("UNAVAILABLE");
  }
}
