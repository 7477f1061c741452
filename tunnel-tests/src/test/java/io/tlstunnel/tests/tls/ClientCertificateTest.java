package io.tlstunnel.tests.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tlstunnel.TlsTunnel;
import io.tlstunnel.TlsTunnelBuilder;
import io.tlstunnel.event.Stage;
import io.tlstunnel.event.TunnelFailure;
import io.tlstunnel.junit.GrpcBackend;
import io.tlstunnel.junit.RecordedCall;
import io.tlstunnel.junit.TestCa;
import io.tlstunnel.junit.TestCert;
import io.tlstunnel.junit.fault.TlsFault;
import io.tlstunnel.tls.ClientCert;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.PrivateKey;
import java.util.List;
import java.util.stream.Stream;
import org.bouncycastle.openssl.PKCS8Generator;
import org.bouncycastle.openssl.jcajce.JcaPEMWriter;
import org.bouncycastle.openssl.jcajce.JcaPKCS8Generator;
import org.bouncycastle.openssl.jcajce.JceOpenSSLPKCS8EncryptorBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.OutputEncryptor;
import org.bouncycastle.util.io.pem.PemObject;
import org.bouncycastle.util.io.pem.PemObjectGenerator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Ensures that what is wrong with our own certificate is told, at the earliest moment. */
@Tag("tls")
class ClientCertificateTest {
  private static final String BOTH =
      "BORINGSSL, TLSv1.3\nBORINGSSL, TLSv1.2\nJDK, TLSv1.3\nJDK, TLSv1.2";

  /** The curve of a SEC1 key is in a block of its own, as openssl ecparam -genkey writes it. */
  private static final PemObject P256 =
      new PemObject("EC PARAMETERS", new byte[] {6, 8, 42, -122, 72, -50, 61, 3, 1, 7});

  private static final String PASSWORD = "correct horse";

  @TempDir Path files;

  private final TestCa ca = TestCa.create();
  private GrpcBackend backend;

  @BeforeEach
  void start() {
    backend = GrpcBackend.builder(ca).service(TunnelUnderTest.echo()).start();
  }

  @AfterEach
  void stop() {
    backend.close();
  }

  @ParameterizedTest(name = "C1 missing, {0}, {1}")
  @CsvSource(textBlock = BOTH)
  void missing(Provider provider, String version) {
    try (TunnelUnderTest tunnel = tunnel(provider, version, null)) {
      told(
          tunnel,
          "the remote requires a client certificate: (certificate_required|handshake_failure)",
          "set clientCert(...)");
    }
    serves(provider, version, ca.client("CN=querier"));
  }

  @ParameterizedTest(name = "C2 expired, {0}, {1}")
  @CsvSource(textBlock = BOTH)
  void expired(Provider provider, String version) {
    TestCert expired = ca.issue().subject("CN=querier").forClient().expired().build();
    try (TunnelUnderTest tunnel = tunnel(provider, version, expired)) {
      told(
          tunnel,
          "the remote refused our client certificate: certificate_(expired|unknown), most likely"
              + " since CN=querier expired on .*, and the clock here says .*",
          "renew it, and give the new one with clientCert(...)");
    }
    serves(provider, version, ca.client("CN=querier"));
  }

  @ParameterizedTest(name = "C3 of a CA that the remote does not trust, {0}, {1}")
  @CsvSource(textBlock = BOTH)
  void untrusted(Provider provider, String version) {
    backend.inject(TlsFault.CLIENT_CERTIFICATE_REFUSED);
    try (TunnelUnderTest tunnel = tunnel(provider, version, ca.client("CN=querier"))) {
      told(
          tunnel,
          "the remote refused our client certificate: certificate_unknown",
          "check that the remote trusts "
              + ca.certificate().getSubjectX500Principal().getName()
              + ", which has issued it; if that is an intermediate CA, add its certificate to"
              + " clientCert(...), which ends before it");
      backend.clearFaults();
      tunnel.serves();
      assertThat(backend.calls()).hasSize(1);
    }
  }

  @Test
  @DisplayName("C4 key of another certificate: refused by the builder")
  void keyOfAnother() {
    TestCert mine = ca.client("CN=mine");
    Path key = ca.client("CN=other").keyFile();
    assertThatThrownBy(() -> TlsTunnel.builder().clientCert(mine.chainFile(), key))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(key + ": ")
        .hasMessageContaining("CN=mine");
  }

  @Test
  @DisplayName("C5 encrypted key, wrong password: refused by the builder")
  void wrongPassword() throws Exception {
    TestCert cert = ca.client("CN=querier");
    Path chain = cert.chainFile();
    Path key = write("tls.key", Format.ENCRYPTED_PKCS8.write(cert.privateKey()));
    assertThatThrownBy(() -> TlsTunnel.builder().clientCert(chain, key, "wrong"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            key
                + ": the private key cannot be decrypted with this password (check the password:"
                + " openssl pkey -noout -in "
                + key
                + ")");
    assertThatThrownBy(() -> TlsTunnel.builder().clientCert(chain, key))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(key + ": the private key is encrypted and no password was given (");
  }

  @Test
  @DisplayName("C6 missing file: refused by the builder")
  void missingFile() {
    Path nowhere = files.resolve("tls.key");
    Path chain = ca.client("CN=querier").chainFile();
    assertThatThrownBy(() -> TlsTunnel.builder().clientCert(chain, nowhere))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(nowhere + ": no such file (expected: a PEM file with a private key)");
  }

  @ParameterizedTest(name = "C6 half-written file: refused by the builder until it is whole, {0}")
  @EnumSource
  void halfWrittenFile(Provider provider) throws Exception {
    TestCert cert = ca.client("CN=querier");
    Path chain = write("tls.crt", cert.chainPem());
    Path key = write("tls.key", cert.keyPem().substring(0, 100));
    assertThatThrownBy(() -> TlsTunnel.builder().clientCert(chain, key))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(
            key + ": half-written: the PRIVATE KEY block at line 1 has no END line (");

    ca.client("CN=next").rotateInto(chain, key);
    try (TunnelUnderTest tunnel =
        new TunnelUnderTest(provider.choose(route().clientCert(chain, key)))) {
      tunnel.serves();
      assertThat(client()).isEqualTo("CN=next");

      // What a tunnel has read it keeps: a rotation that goes wrong does it no harm.
      Files.writeString(chain, "-----BEGIN CERTIFICATE-----\nMIIB");
      tunnel.disconnect();
      tunnel.serves();
      assertThat(client()).isEqualTo("CN=next");
    }
  }

  /** How a private key may be written down. */
  enum Format {
    PKCS8,
    ENCRYPTED_PKCS8,
    PKCS1_OR_SEC1;

    String label(String algorithm) {
      return switch (this) {
        case PKCS8 -> "-----BEGIN PRIVATE KEY-----";
        case ENCRYPTED_PKCS8 -> "-----BEGIN ENCRYPTED PRIVATE KEY-----";
        case PKCS1_OR_SEC1 -> "-----BEGIN " + algorithm + " PRIVATE KEY-----";
      };
    }

    String write(PrivateKey key) throws IOException, OperatorCreationException {
      return switch (this) {
        case PKCS8 -> pem(new JcaPKCS8Generator(key, null));
        case ENCRYPTED_PKCS8 -> pem(new JcaPKCS8Generator(key, encryptor()));
        case PKCS1_OR_SEC1 -> pem(key) + (key.getAlgorithm().equals("EC") ? pem(P256) : "");
      };
    }
  }

  static Stream<Arguments> keys() {
    return Stream.of(Format.values())
        .flatMap(format -> Stream.of(Arguments.of("EC", format), Arguments.of("RSA", format)))
        .flatMap(
            key ->
                Stream.of(Provider.values())
                    .map(provider -> Arguments.of(key.get()[0], key.get()[1], provider)));
  }

  @ParameterizedTest(name = "C7 {0} key as {1}, {2}")
  @MethodSource("keys")
  void keyFormats(String algorithm, Format format, Provider provider) throws Exception {
    TestCa issuer = algorithm.equals("RSA") ? TestCa.rsa("CN=RSA CA") : TestCa.create();
    TestCert cert = issuer.client("CN=" + format);
    String pem = format.write(cert.privateKey());
    assertThat(pem).startsWith(format.label(algorithm));
    Path chain = write("tls.crt", cert.chainPem());
    Path key = write("tls.key", pem);
    try (GrpcBackend remote = GrpcBackend.builder(issuer).service(TunnelUnderTest.echo()).start()) {
      TlsTunnelBuilder settings =
          TlsTunnel.builder()
              .upstream("127.0.0.1", remote.port())
              .sni("backend.test")
              .trust(List.of(issuer.root()));
      if (format == Format.ENCRYPTED_PKCS8) {
        settings.clientCert(chain, key, PASSWORD);
      } else {
        settings.clientCert(chain, key);
      }
      try (TunnelUnderTest tunnel = new TunnelUnderTest(provider.choose(settings))) {
        tunnel.serves();
        assertThat(remote.calls().get(0).clientPrincipal()).isEqualTo("CN=" + format);
      }
    }
  }

  private void told(TunnelUnderTest tunnel, String cause, String remedy) {
    TunnelFailure failure = tunnel.refuses();
    assertThat(failure.cause()).matches(cause);
    assertThat(failure.remedy()).isEqualTo(remedy);
    assertThat(failure.stage()).isEqualTo(Stage.TLS);
    assertThat(failure.peer()).isEqualTo("127.0.0.1:" + backend.port());
    assertThat(backend.calls()).as("nothing has reached the application").isEmpty();
  }

  private void serves(Provider provider, String version, TestCert cert) {
    try (TunnelUnderTest tunnel = tunnel(provider, version, cert)) {
      tunnel.serves();
    }
  }

  private TunnelUnderTest tunnel(Provider provider, String version, @Nullable TestCert cert) {
    TlsTunnelBuilder settings = route().tlsVersions(version);
    if (cert != null) {
      settings.clientCert(ClientCert.of(cert.privateKey(), cert.chain()));
    }
    return new TunnelUnderTest(provider.choose(settings));
  }

  private TlsTunnelBuilder route() {
    return TlsTunnel.builder()
        .upstream("127.0.0.1", backend.port())
        .sni("backend.test")
        .trust(List.of(ca.root()));
  }

  /** The subject that the last call came with. */
  private String client() {
    List<RecordedCall> calls = backend.calls();
    return calls.get(calls.size() - 1).clientPrincipal();
  }

  private Path write(String name, String content) throws IOException {
    return Files.writeString(files.resolve(name), content);
  }

  private static OutputEncryptor encryptor() throws OperatorCreationException {
    return new JceOpenSSLPKCS8EncryptorBuilder(PKCS8Generator.AES_256_CBC)
        .setProvider(Keys.BOUNCY_CASTLE)
        .setPassword(PASSWORD.toCharArray())
        .build();
  }

  private static String pem(Object object) throws IOException {
    StringWriter text = new StringWriter();
    try (JcaPEMWriter writer = new JcaPEMWriter(text)) {
      if (object instanceof PemObjectGenerator generator) {
        writer.writeObject(generator);
      } else {
        writer.writeObject(object);
      }
    }
    return text.toString();
  }
}
