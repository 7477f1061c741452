package io.tlstunnel.tests.tls;

import static org.assertj.core.api.Assertions.assertThat;

import io.tlstunnel.TlsTunnel;
import io.tlstunnel.TlsTunnelBuilder;
import io.tlstunnel.event.TunnelFailure;
import io.tlstunnel.junit.TestCa;
import io.tlstunnel.junit.TestCert;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Ensures that a remote whom we refuse reads why (RFC 8446, 6.2), and not only a bare end. */
@Tag("trials")
class RefusedRemoteReadsWhyTest {
  private static final TestCa CA = TestCa.create("CN=trusted");
  private static final TestCa OTHER = TestCa.create("CN=other");
  private static final int CERTIFICATE_UNKNOWN = 46;
  private static final int TLS_RSA_WITH_NULL_SHA = 0x0002;

  /** What is wrong with the remote, and the alert that fits best. */
  private record Refusal(String what, TestCert shown, int alert) {
    @Override
    public String toString() {
      return what;
    }
  }

  private static final List<Refusal> REFUSALS =
      List.of(
          new Refusal("unknown CA", OTHER.server("backend.test"), 48),
          new Refusal("self-signed", TestCa.selfSignedServer("backend.test"), 48),
          new Refusal("expired", CA.issue().names("backend.test").expired().build(), 45),
          new Refusal("not yet valid", CA.issue().names("backend.test").notYetValid().build(), 45),
          new Refusal("another name", CA.server("elsewhere.test"), 42),
          new Refusal(
              "for clients only", CA.issue().names("backend.test").forClient().build(), 43));

  /** Each refusal by each library, half of them in each version. */
  static Stream<Arguments> refusals() {
    List<Arguments> rows = new ArrayList<>();
    for (Refusal refusal : REFUSALS) {
      for (Provider provider : Provider.values()) {
        boolean even = (rows.size() + rows.size() / 2) % 2 == 0;
        rows.add(Arguments.of(refusal, provider, even ? "TLSv1.3" : "TLSv1.2"));
      }
    }
    return rows.stream();
  }

  @ParameterizedTest(name = "22 openssl reads an alert: {0}, {1}, {2}")
  @MethodSource("refusals")
  void opensslReadsAnAlert(Refusal refusal, Provider provider, String version) throws Exception {
    try (OpensslServer server = OpensslServer.start(refusal.shown, "-alpn", "h2");
        TunnelUnderTest tunnel = tunnel(provider, version, server.port())) {
      tunnel.refuses();
      String line = server.awaitLine("SSL alert number ");
      int read = Integer.parseInt(line.substring(line.lastIndexOf(' ') + 1));
      if (provider == Provider.BORINGSSL) {
        assertThat(read).isEqualTo(refusal.alert);
      } else {
        // In TLS 1.3 the JDK knows this one alert for all that a trust manager refuses, and none
        // for an unknown CA.
        assertThat(read).isIn(refusal.alert, CERTIFICATE_UNKNOWN);
        if (version.equals("TLSv1.2") && refusal.alert != 48) {
          assertThat(read).isEqualTo(refusal.alert);
        }
      }
    }
  }

  @ParameterizedTest(name = "22 a Java server reads an alert, {0}, {1}")
  @CsvSource({
    "BORINGSSL, TLSv1.2, unknown_ca",
    "BORINGSSL, TLSv1.3, unknown_ca",
    "JDK, TLSv1.2, certificate_unknown",
    "JDK, TLSv1.3, certificate_unknown"
  })
  void javaReadsAnAlert(Provider provider, String version, String alert) throws Exception {
    try (JdkServer server =
            JdkServer.start(
                OTHER.server("backend.test"),
                version,
                connection -> {
                  connection.startHandshake();
                  assertThat(connection.getInputStream().read()).isNegative();
                });
        TunnelUnderTest tunnel = tunnel(provider, version, server.port())) {
      tunnel.refuses();
      // Newer JDKs put the alert in front, too.
      assertThat(server.end()).endsWith("Received fatal alert: " + alert);
    }
  }

  @ParameterizedTest(name = "22 a server without h2 reads close_notify, {0}")
  @EnumSource
  void serverWithoutHttp2ReadsCloseNotify(Provider provider) throws Exception {
    try (OpensslServer server = OpensslServer.start(CA.server("backend.test"));
        TunnelUnderTest tunnel = tunnel(provider, "TLSv1.3", server.port())) {
      assertThat(tunnel.refuses().cause()).isEqualTo("the remote did not agree to HTTP/2 (h2)");
      // What s_server says to a close_notify, and to nothing else.
      server.awaitLine("DONE");
      assertThat(server.lines()).noneMatch(line -> line.contains("ERROR"));
    }
  }

  @ParameterizedTest(name = "22 a server that chooses what was not offered reads an alert, {0}")
  @EnumSource
  void unaskedCipherSuiteIsAnsweredByAnAlert(Provider provider) throws Exception {
    String sent = sentAfter(provider, TlsRecords.serverHello(TLS_RSA_WITH_NULL_SHA), 30);
    // Fatal; illegal_parameter, or handshake_failure.
    assertThat(sent).containsPattern("150303000202(2f|28)$");
  }

  @ParameterizedTest(name = "22 a server that we stop waiting for reads the end, {0}")
  @EnumSource
  void handshakeThatIsGivenUpEndsInOrder(Provider provider) throws Exception {
    String sent = sentAfter(provider, new byte[0], 1);
    if (provider == Provider.JDK) {
      // user_canceled and close_notify (RFC 8446, 6.1); BoringSSL has no word for it.
      assertThat(sent).containsPattern("15030[13]0002015a15030[13]00020100$");
    }
  }

  /** What the tunnel sends from its hello to the end of the connection, which is no reset. */
  private static String sentAfter(Provider provider, byte[] answer, int timeoutSeconds)
      throws Exception {
    try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      CompletableFuture<String> sent =
          CompletableFuture.supplyAsync(
              () -> {
                try (Socket connection = server.accept()) {
                  connection.setSoTimeout(30_000);
                  InputStream in = connection.getInputStream();
                  byte[] first = in.readNBytes(1);
                  connection.getOutputStream().write(answer);
                  return HexFormat.of().formatHex(first)
                      + HexFormat.of().formatHex(in.readAllBytes());
                } catch (IOException broken) {
                  return broken.toString();
                }
              });
      TlsTunnelBuilder settings =
          settings("TLSv1.2", server.getLocalPort())
              .connectTimeout(Duration.ofSeconds(timeoutSeconds));
      try (TunnelUnderTest tunnel = new TunnelUnderTest(provider.choose(settings))) {
        TunnelFailure failure = tunnel.refuses();
        assertThat(failure.cause()).isNotEmpty();
        return sent.get(30, TimeUnit.SECONDS);
      }
    }
  }

  private static TunnelUnderTest tunnel(Provider provider, String version, int port) {
    return new TunnelUnderTest(provider.choose(settings(version, port)));
  }

  private static TlsTunnelBuilder settings(String version, int port) {
    return TlsTunnel.builder()
        .upstream("127.0.0.1", port)
        .sni("backend.test")
        .tlsVersions(version)
        .trust(List.of(CA.root()));
  }
}
