package io.tlstunnel.tests.tls;

import static io.tlstunnel.tests.tls.ProtocolCase.row;
import static io.tlstunnel.tests.tls.TlsRecords.alert;
import static io.tlstunnel.tests.tls.TlsRecords.recordOfLength;
import static io.tlstunnel.tests.tls.TlsRecords.serverHello;
import static io.tlstunnel.tests.tls.TlsRecords.text;
import static org.assertj.core.api.Assertions.assertThat;

import io.tlstunnel.TlsTunnel;
import io.tlstunnel.TlsTunnelBuilder;
import io.tlstunnel.event.Stage;
import io.tlstunnel.event.TunnelFailure;
import io.tlstunnel.junit.GrpcBackend;
import io.tlstunnel.junit.RecordedCall;
import io.tlstunnel.junit.TestCa;
import io.tlstunnel.junit.fault.NetworkFault;
import io.tlstunnel.junit.fault.NetworkFault.Direction;
import io.tlstunnel.junit.fault.TlsFault;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Ensures that a handshake which goes wrong is told, and that the next one may go right. */
@Tag("tls")
class HandshakeTest {
  private static final int TLS_RSA_WITH_NULL_SHA = 0x0002;
  private static final int TLS_RSA_WITH_RC4_128_SHA = 0x0005;
  private static final int HANDSHAKE_FAILURE = 40;
  private static final int UNRECOGNIZED_NAME = 112;

  private static final String NO_TLS = "the remote does not speak TLS on this port";
  private static final String CHECK_PORT = "check the port: the tunnel leads to TLS servers only";
  private static final String CHECK_SERVER = "check that a TLS server listens on that port";
  private static final String SMALLER_HELLO =
      "; if the path takes only smaller packets and says so to nobody (MTU, lost ICMP),"
          + " tlsGroups(\"X25519\") makes the hello fit";
  private static final String CHECK_LOG = CHECK_SERVER + ", and its log";
  private static final String CHECK_SETTINGS = "check the remote's TLS settings and its log";
  private static final String CHECK_HELLO =
      "check that it serves the name that is asked for, backend.test (see sni(...)), and"
          + " tlsVersions(...) and tlsCiphers(...) against what it allows";
  private static final String OFFER_TLS_12 =
      "let the remote offer TLS 1.2 or 1.3; see tlsVersions(...)";
  private static final String NO_H2 = "the remote did not agree to HTTP/2 \\(h2\\)";
  private static final String OFFER_H2 =
      "let the remote offer h2 by ALPN: for nginx 'http2 on', for an ingress its gRPC backend"
          + " protocol";

  private static final TestCa CA = TestCa.create();
  private static GrpcBackend backend;
  private static Doorway door;

  @BeforeAll
  static void start() {
    backend = GrpcBackend.builder(CA).anyClient().service(TunnelUnderTest.echo()).start();
    door = new Doorway(InetAddress.getLoopbackAddress(), backend.port());
  }

  @AfterAll
  static void stop() throws Exception {
    door.close();
    backend.close();
  }

  @ParameterizedTest(name = "{0}, {1}")
  @MethodSource("cases")
  void handshake(ProtocolCase wrong, Provider provider) {
    door.shut(wrong.answer());
    int before = backend.calls().size();
    int port = wrong.fault() == null ? door.port() : backend.port();
    if (wrong.fault() != null) {
      backend.inject(wrong.fault());
    }
    try (TunnelUnderTest tunnel = tunnel(provider, port, "backend.test", wrong.patience())) {
      TunnelFailure failure = tunnel.refuses();
      assertThat(failure.cause()).matches(wrong.cause());
      String more = failure.cause().contains("ClientHello of") ? SMALLER_HELLO : "";
      assertThat(failure.remedy()).isEqualTo(wrong.remedy() + more);
      assertThat(failure.stage()).isEqualTo(wrong.stage());
      assertThat(failure.peer()).isEqualTo("127.0.0.1:" + port);
      assertThat(backend.calls()).as("nothing has reached the application").hasSize(before);

      backend.clearFaults();
      door.open();
      tunnel.serves();
      assertThat(backend.calls()).hasSize(before + 1);
    } finally {
      backend.clearFaults();
    }
  }

  static Stream<Arguments> cases() {
    return ProtocolCase.byBothProviders(
        Stream.of(versions(), noTls(), alpn(), ciphers(), halves()).flatMap(cases -> cases));
  }

  private static Stream<ProtocolCase> versions() {
    return Stream.of(
        row("P1 only TLS 1.0")
            .fault(TlsFault.TLS_1_0)
            .told("no TLS version in common", OFFER_TLS_12),
        row("P2 only TLS 1.1")
            .fault(TlsFault.TLS_1_1)
            .told("no TLS version in common", OFFER_TLS_12));
  }

  private static Stream<ProtocolCase> noTls() {
    return Stream.of(
        row("P3 plain HTTP/1.1")
            .answer(text("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"))
            .told(NO_TLS, CHECK_PORT),
        row("P3 cleartext HTTP/2")
            .answer(new byte[] {0, 0, 0, 4, 0, 0, 0, 0, 0})
            .told(NO_TLS, CHECK_PORT),
        row("P3 another protocol").answer(text("SSH-2.0-OpenSSH_9.2\r\n")).told(NO_TLS, CHECK_PORT),
        row("P3 only SSL 3.0")
            .answer(alert(0x0300, HANDSHAKE_FAILURE))
            .told("the remote refused our ClientHello: handshake_failure", CHECK_HELLO));
  }

  private static Stream<ProtocolCase> alpn() {
    return Stream.of(
        row("P4 no ALPN").fault(TlsFault.NO_ALPN).at(Stage.ALPN).told(NO_H2, OFFER_H2),
        row("P5 ALPN http/1.1 only")
            .fault(TlsFault.ONLY_HTTP_1_1)
            .at(Stage.ALPN)
            .told(NO_H2, OFFER_H2));
  }

  private static Stream<ProtocolCase> ciphers() {
    return Stream.of(
        row("P6 only CBC cipher suites")
            .fault(TlsFault.WEAK_CIPHERS)
            .told("the remote refused our ClientHello: handshake_failure", CHECK_HELLO),
        row("P6 NULL cipher suite, chosen unasked")
            .answer(serverHello(TLS_RSA_WITH_NULL_SHA))
            .told("TLS broke: .*", CHECK_SETTINGS),
        row("P6 RC4 cipher suite, chosen unasked")
            .answer(serverHello(TLS_RSA_WITH_RC4_128_SHA))
            .told("TLS broke: .*", CHECK_SETTINGS),
        row("P7 name that the remote does not serve")
            .answer(alert(0x0303, UNRECOGNIZED_NAME))
            .told(
                "the remote refused our ClientHello, most likely since it does not serve the name"
                    + " that is asked for, backend.test: unrecognized_name",
                "set sni(...) to a name that it serves; its log should say why"));
  }

  private static Stream<ProtocolCase> halves() {
    return Stream.of(
        row("P10 handshake that stalls")
            .fault(TlsFault.HANDSHAKE_STALL)
            .within(Duration.ofSeconds(5))
            .told("no answer for [\\d.]+ m?s( to a ClientHello of \\d+ bytes)?", CHECK_SERVER),
        row("P11 FIN after the ClientHello")
            .fault(TlsFault.HANDSHAKE_CUT)
            .told("the remote closed the connection during the handshake", CHECK_LOG),
        row("P11 FIN within the ServerHello")
            .fault(NetworkFault.finAfter(Direction.RESPONSE, 50))
            .told("the remote closed the connection during the handshake", CHECK_LOG),
        row("P11 RST within the ServerHello")
            .fault(NetworkFault.resetAfter(Direction.RESPONSE, 50))
            .told("the remote reset the connection during the handshake", CHECK_SERVER),
        row("P13 record longer than TLS allows")
            .answer(recordOfLength(0x4801))
            .told("TLS broke: .*", CHECK_SETTINGS));
  }

  @ParameterizedTest(name = "P7 certificate of the default host for an unknown name, {0}")
  @EnumSource
  void defaultCertificateIsNotEnough(Provider provider) {
    try (TunnelUnderTest tunnel = tunnel(provider, backend.port(), "elsewhere.test")) {
      int before = backend.calls().size();
      assertThat(tunnel.refuses().cause())
          .isEqualTo(
              "the remote's certificate is not for elsewhere.test, but for backend.test, localhost,"
                  + " 127.0.0.1");
      assertThat(backend.calls()).hasSize(before);
      backend.present(CA.server("elsewhere.test"));
      tunnel.serves();
    } finally {
      backend.present(CA.server("backend.test", "localhost", "127.0.0.1"));
    }
  }

  @ParameterizedTest(name = "P8 no SNI for an IP address, {0}")
  @EnumSource
  void addressIsNotSentAsSni(Provider provider) {
    try (TunnelUnderTest tunnel = tunnel(provider, backend.port(), "")) {
      tunnel.serves();
      List<RecordedCall> calls = backend.calls();
      assertThat(calls.get(calls.size() - 1).sni()).isEmpty();
    }
    try (TunnelUnderTest tunnel = tunnel(provider, backend.port(), "localhost")) {
      tunnel.serves();
      List<RecordedCall> calls = backend.calls();
      assertThat(calls.get(calls.size() - 1).sni()).isEqualTo("localhost");
    }
  }

  private static TunnelUnderTest tunnel(Provider provider, int port, String sni) {
    return tunnel(provider, port, sni, Duration.ofSeconds(30));
  }

  private static TunnelUnderTest tunnel(
      Provider provider, int port, String sni, Duration patience) {
    TlsTunnelBuilder settings =
        TlsTunnel.builder()
            .upstream("127.0.0.1", port)
            .trust(List.of(CA.root()))
            .connectTimeout(patience);
    if (!sni.isEmpty()) {
      settings.sni(sni);
    }
    return new TunnelUnderTest(provider.choose(settings));
  }
}
