package io.tlstunnel.tests.tls;

import static org.assertj.core.api.Assertions.assertThat;

import io.tlstunnel.TlsTunnel;
import io.tlstunnel.TlsTunnelBuilder;
import io.tlstunnel.event.Stage;
import io.tlstunnel.event.TunnelFailure;
import io.tlstunnel.junit.TestCert;
import io.tlstunnel.tls.ClientCert;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.time.Duration;
import java.util.List;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Ensures that nobody says of our certificate that it was refused when it was never sent. */
@Tag("trials")
class UnsentCertificateTest {
  private static final String HOST = "backend.test";
  private static final Issued ROOT = OddCert.authority("CN=root").selfSigned();
  private static final TestCert SERVER = OddCert.server(HOST).signedBy(ROOT).forBackend();

  @TempDir Path files;

  @ParameterizedTest(name = "29 {0} key at a remote that takes P-256 only, {1}, {2}")
  @CsvSource({
    "Ed25519, BORINGSSL, TLSv1.2",
    "Ed25519, BORINGSSL, TLSv1.3",
    "Ed25519, JDK, TLSv1.2",
    "Ed25519, JDK, TLSv1.3",
    "ECDSA P-521, BORINGSSL, TLSv1.3",
    "ECDSA P-521, JDK, TLSv1.3",
    "RSA, BORINGSSL, TLSv1.3",
    "RSA, JDK, TLSv1.2"
  })
  void keyOfAKindThatIsNotTaken(String kind, Provider provider, String version) throws Exception {
    KeyPair keys =
        switch (kind) {
          case "Ed25519" -> Keys.of(kind);
          case "RSA" -> Keys.sized("RSA", 2048);
          default -> Keys.ec("secp521r1");
        };
    try (OpensslServer server = demanding("-client_sigalgs", "ECDSA+SHA256");
        TunnelUnderTest tunnel = tunnel(provider, version, server.port(), keys)) {
      TunnelFailure failure = tunnel.refuses();
      assertThat(failure.cause())
          .isEqualTo(
              "our client certificate was not sent: the remote takes no key of its kind, " + kind);
      assertThat(failure.remedy())
          .isEqualTo(
              "set clientCert(...) to one with an ECDSA P-256"
                  + (kind.equals("RSA") ? " key" : " or an RSA key"));
      assertThat(failure.stage()).isEqualTo(Stage.TLS);
    }
  }

  @ParameterizedTest(name = "29 500 names of CAs, 40 KB in all, {0}")
  @EnumSource
  void manyNamesOfAuthorities(Provider provider) throws Exception {
    KeyPair keys = Keys.p256();
    StringBuilder authorities = new StringBuilder(pem(ROOT));
    String unit = ",OU=" + "x".repeat(60);
    for (int i = 0; i < 500; i++) {
      authorities.append(pem(OddCert.authority("CN=" + i + unit).keys(keys).selfSigned()));
    }
    Path list = Files.writeString(files.resolve("authorities.pem"), authorities);
    try (OpensslServer server =
            OpensslServer.start(SERVER, "-alpn", "h2", "-Verify", "1", "-CAfile", list.toString());
        TunnelUnderTest tunnel = tunnel(provider, "TLSv1.3", server.port(), Keys.p256())) {
      if (provider == Provider.BORINGSSL) {
        // It reads the list, and s_server has our certificate; HTTP/2 it does not speak.
        assertThat(tunnel.call().getDescription()).contains("HTTP/2 SETTINGS from");
        return;
      }
      TunnelFailure failure = tunnel.refuses();
      assertThat(failure.cause())
          .isEqualTo(
              "the remote sent a handshake message that is too large: its certificates, or the"
                  + " names of the CAs whose client certificates it takes");
      assertThat(failure.remedy())
          .isEqualTo(
              "let the remote send fewer of them; the JDK's TLS takes more than 32768 bytes with"
                  + " -Djdk.tls.maxHandshakeMessageSize=131072");
    }
  }

  private OpensslServer demanding(String... more) throws IOException {
    Path ca = Files.writeString(files.resolve("ca.pem"), pem(ROOT));
    String[] options = {"-alpn", "h2", "-Verify", "1", "-CAfile", ca.toString()};
    String[] all = new String[options.length + more.length];
    System.arraycopy(options, 0, all, 0, options.length);
    System.arraycopy(more, 0, all, options.length, more.length);
    return OpensslServer.start(SERVER, all);
  }

  private static TunnelUnderTest tunnel(Provider provider, String version, int port, KeyPair keys) {
    Issued client =
        OddCert.of("CN=client").keys(keys).purpose(KeyPurposeId.id_kp_clientAuth).signedBy(ROOT);
    TlsTunnelBuilder settings =
        TlsTunnel.builder()
            .upstream("127.0.0.1", port)
            .sni(HOST)
            .tlsVersions(version)
            .connectTimeout(Duration.ofSeconds(4))
            .clientCert(ClientCert.of(keys.getPrivate(), client.chain()))
            .trust(List.of(ROOT.certificate()));
    return new TunnelUnderTest(provider.choose(settings));
  }

  private static String pem(Issued issued) {
    return issued.forBackend().chainPem();
  }
}
