package io.tlstunnel.tests.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.tlstunnel.TlsTunnel;
import io.tlstunnel.TlsTunnelBuilder;
import io.tlstunnel.junit.GrpcBackend;
import io.tlstunnel.junit.TestCa;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Ensures that no TLS session outlives the trust in its remote. */
@Tag("tls")
class ResumptionTest {

  private final TestCa ca = TestCa.create("CN=old CA");
  private GrpcBackend backend;

  @BeforeEach
  void start() {
    backend = GrpcBackend.builder(ca).anyClient().service(TunnelUnderTest.echo()).start();
  }

  @AfterEach
  void stop() {
    backend.close();
  }

  /** All at once, because it takes a certificate some seconds to expire. */
  @Test
  @DisplayName("P14 certificate that expires between two connections")
  void sessionEndsWithItsCertificate() {
    Instant now = Instant.now();
    Instant end = now.plusSeconds(12);
    backend.present(
        ca.issue()
            .names("backend.test")
            .forServer()
            .valid(now.minus(Duration.ofDays(1)), end)
            .build());
    List<TunnelUnderTest> tunnels = new ArrayList<>();
    try {
      for (Provider provider : Provider.values()) {
        for (String version : List.of("TLSv1.3", "TLSv1.2")) {
          TunnelUnderTest tunnel = tunnel(provider, version, ca);
          tunnels.add(tunnel);
          for (int i = 0; i < 2; i++) {
            tunnel.serves();
            tunnel.disconnect();
          }
        }
      }
      await().atMost(Duration.ofSeconds(30)).until(() -> Instant.now().isAfter(end.plusSeconds(1)));
      for (TunnelUnderTest tunnel : tunnels) {
        assertThat(tunnel.refuses().cause())
            .startsWith("the remote's certificate CN=backend.test expired on ");
      }
      assertThat(backend.calls()).hasSize(2 * tunnels.size());

      backend.present(ca.server("backend.test"));
      tunnels.forEach(TunnelUnderTest::serves);
    } finally {
      tunnels.forEach(TunnelUnderTest::close);
    }
  }

  @ParameterizedTest(name = "P14 CA that is no longer trusted, {0}, {1}")
  @CsvSource(textBlock = "BORINGSSL, TLSv1.3\nBORINGSSL, TLSv1.2\nJDK, TLSv1.3\nJDK, TLSv1.2")
  void newTrustResumesNoOldSession(Provider provider, String version) {
    TestCa next = TestCa.create("CN=new CA");
    try (TunnelUnderTest before = tunnel(provider, version, ca)) {
      for (int i = 0; i < 3; i++) {
        before.serves();
        before.disconnect();
      }
    }
    try (TunnelUnderTest after = tunnel(provider, version, next)) {
      assertThat(after.refuses().cause())
          .isEqualTo(
              "the remote's certificate CN=backend.test was issued by CN=old CA, which is not"
                  + " trusted");
      assertThat(backend.calls()).hasSize(3);

      backend.present(next.server("backend.test"));
      after.serves();
    }
  }

  private TunnelUnderTest tunnel(Provider provider, String version, TestCa trusted) {
    TlsTunnelBuilder settings =
        TlsTunnel.builder()
            .upstream("127.0.0.1", backend.port())
            .sni("backend.test")
            .tlsVersions(version)
            .trust(List.of(trusted.root()));
    return new TunnelUnderTest(provider.choose(settings));
  }
}
