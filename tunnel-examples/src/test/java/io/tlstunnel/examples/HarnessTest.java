package io.tlstunnel.examples;

import static io.tlstunnel.junit.TunnelAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grpc.StatusRuntimeException;
import io.tlstunnel.TlsTunnel;
import io.tlstunnel.junit.Backend;
import io.tlstunnel.junit.ChaosRelay;
import io.tlstunnel.junit.FakeResolver;
import io.tlstunnel.junit.Frame;
import io.tlstunnel.junit.GrpcBackend;
import io.tlstunnel.junit.InjectedFault;
import io.tlstunnel.junit.RecordedCall;
import io.tlstunnel.junit.ScriptedBackend;
import io.tlstunnel.junit.TestCa;
import io.tlstunnel.junit.TestCert;
import io.tlstunnel.junit.TestClock;
import io.tlstunnel.junit.TestRoute;
import io.tlstunnel.junit.TunnelExtension;
import io.tlstunnel.junit.fault.GrpcFault;
import io.tlstunnel.junit.fault.Http2Code;
import io.tlstunnel.junit.fault.Http2Fault;
import io.tlstunnel.junit.fault.Http2Fault.Moment;
import io.tlstunnel.junit.fault.NetworkFault;
import io.tlstunnel.junit.fault.NetworkFault.Direction;
import io.tlstunnel.junit.fault.TlsFault;
import io.tlstunnel.junit.fault.When;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** The code of docs/harness.md. */
class HarnessTest {
  @RegisterExtension
  static final TunnelExtension route =
      TunnelExtension.builder()
          .service(new Greeter())
          .serverName("greeter.example")
          .clientSubject("CN=desk")
          .build();

  @Test
  void records(Backend backend) {
    Greeter.greet(route.channel(), "Ada");
    RecordedCall call = backend.takeCall(Duration.ofSeconds(5));
    assertThat(call.path()).isEqualTo("/greeter.Greeter/Greet");
    assertThat(backend)
        .received("/greeter.Greeter/Greet")
        .withSni("greeter.example")
        .withClientPrincipal("CN=desk");
  }

  @Test
  void faults() {
    try (TestRoute own = TestRoute.builder().service(new Greeter()).start()) {
      Backend backend = own.backend();
      backend.inject(GrpcFault.status(8, "come back later"), When.call(1));
      backend.inject(Http2Fault.reset(Http2Code.INTERNAL_ERROR, Moment.IN_DATA), When.call(2));
      backend.inject(GrpcFault.delay(Duration.ofMillis(20)), When.path("/greeter.Greeter/Greet"));
      InjectedFault slow = backend.inject(NetworkFault.delay(Duration.ofMillis(5)));
      assertThatThrownBy(() -> Greeter.greet(own.channel(), "Ada"))
          .isInstanceOf(StatusRuntimeException.class)
          .hasMessage("RESOURCE_EXHAUSTED: come back later");
      assertThatThrownBy(() -> Greeter.greet(own.channel(), "Ada"))
          .hasMessageContaining("INTERNAL");
      slow.remove();
      backend.clearFaults();
      assertThat(Greeter.greet(own.channel(), "Ada")).isEqualTo("Hello, Ada");
    }
  }

  @Test
  void expiredCertificate() {
    try (TestRoute own = TestRoute.builder().service(new Greeter()).start()) {
      own.backend().inject(TlsFault.EXPIRED, When.once());
      assertThatThrownBy(() -> Greeter.greet(own.channel(), "Ada"))
          .hasMessageContaining("UNAVAILABLE")
          .hasMessageContaining("expired");
    }
  }

  @Test
  void script() {
    TestRoute own =
        TestRoute.builder()
            .backend(
                ca ->
                    ScriptedBackend.builder(ca)
                        .script(
                            connection -> {
                              RecordedCall call = connection.awaitCall(Duration.ofSeconds(5));
                              connection.send(Frame.responseHeaders(call.stream()));
                              connection.send(new Frame(Frame.DATA, 0, call.stream(), new byte[3]));
                              connection.reset();
                            })
                        .start())
            .start();
    try (own) {
      assertThatThrownBy(() -> Greeter.greet(own.channel(), "Ada"))
          .hasMessageContaining("UNAVAILABLE");
    }
  }

  @Test
  void relay() {
    TestCa ca = TestCa.create();
    try (GrpcBackend backend = GrpcBackend.builder(ca).service(new Greeter()).start();
        ChaosRelay network = ChaosRelay.to("127.0.0.1", backend.port())) {
      network.inject(NetworkFault.resetAfter(Direction.RESPONSE, 10_000), When.connection(1));
      assertThat(network.port()).isNotEqualTo(backend.port());
    }
  }

  @Test
  void names() {
    FakeResolver names = FakeResolver.create().answer("store.example", "127.0.0.1");
    try (TlsTunnel tunnel =
        TlsTunnel.builder().upstream("store.example", 443).resolver(names).start()) {
      names.fail("store.example", "SERVFAIL");
      assertThat(tunnel.port()).isPositive();
    }
  }

  @Test
  void certificates(@TempDir Path files) throws Exception {
    TestClock clock = TestClock.now();
    TestCa ca = TestCa.create("CN=Corp Root", clock);
    TestCert server = ca.intermediate("CN=Issuing").server("store.example", "*.b.example");
    TestCert expired = ca.issue().names("store.example").expired().build();
    TestCert workload = ca.issue().spiffe("spiffe://corp/thanos").build();
    ca.client("CN=querier").rotateInto(files.resolve("tls.crt"), files.resolve("tls.key"));
    clock.advance(Duration.ofDays(60));
    ca.client("CN=querier").rotateInto(files.resolve("tls.crt"), files.resolve("tls.key"));
    assertThat(server.chain()).hasSize(2);
    assertThat(expired.certificate().getNotAfter()).isBefore(clock.instant());
    assertThat(workload.keyFile()).exists();
  }
}
