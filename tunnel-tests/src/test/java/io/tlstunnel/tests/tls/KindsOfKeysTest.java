package io.tlstunnel.tests.tls;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Status;
import io.tlstunnel.TlsTunnel;
import io.tlstunnel.junit.TestCert;
import io.tlstunnel.tls.ClientCert;
import java.nio.file.Path;
import java.security.KeyPair;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Ensures that every kind of key that docs/tls.md names serves, at the remote and in the tunnel's
 * client certificate: nginx has a key of the kind, and demands a certificate with one.
 */
@Tag("trials")
class KindsOfKeysTest {
  private static final String HOST = "backend.test";
  private static final Issued ROOT = OddCert.authority("CN=root").selfSigned();
  private static final Map<String, KeyPair> KEYS = keys();

  @TempDir static Path directory;
  private static Nginx nginx;

  @BeforeAll
  static void start() throws Exception {
    Map<String, TestCert> certificates = new LinkedHashMap<>();
    KEYS.forEach(
        (kind, keys) ->
            certificates.put(kind, OddCert.server(HOST).keys(keys).signedBy(ROOT).forBackend()));
    nginx = Nginx.start(directory, certificates, ROOT.certificate());
  }

  @AfterAll
  static void stop() throws Exception {
    nginx.close();
  }

  static Stream<Arguments> matrix() {
    return KEYS.keySet().stream()
        .flatMap(
            kind ->
                Stream.of(Provider.values())
                    .flatMap(
                        provider ->
                            Stream.of("TLSv1.2", "TLSv1.3")
                                .map(version -> Arguments.of(kind, provider, version))));
  }

  @ParameterizedTest(name = "5 {0} on both sides, {1}, {2}")
  @MethodSource("matrix")
  void everyKindServes(String kind, Provider provider, String version) {
    Issued client =
        OddCert.of("CN=client")
            .keys(requireNonNull(KEYS.get(kind)))
            .purpose(KeyPurposeId.id_kp_clientAuth)
            .signedBy(ROOT);
    try (TunnelUnderTest tunnel =
        new TunnelUnderTest(
            provider.choose(
                TlsTunnel.builder()
                    .upstream("127.0.0.1", nginx.port(kind))
                    .sni(HOST)
                    .tlsVersions(version)
                    .clientCert(ClientCert.of(client.keys().getPrivate(), client.chain()))
                    .trust(List.of(ROOT.certificate()))))) {
      Status status = tunnel.call();
      // nginx's 404; it would be 400 without a certificate, or with one that it does not accept.
      assertThat(status.getCode()).as(status.toString()).isEqualTo(Status.Code.UNIMPLEMENTED);
    }
  }

  private static Map<String, KeyPair> keys() {
    Map<String, KeyPair> keys = new LinkedHashMap<>();
    keys.put("RSA 2048", Keys.sized("RSA", 2048));
    keys.put("RSA 3072", Keys.sized("RSA", 3072));
    keys.put("RSASSA-PSS", Keys.sized("RSASSA-PSS", 2048));
    keys.put("P-256", Keys.ec("secp256r1"));
    keys.put("P-384", Keys.ec("secp384r1"));
    keys.put("P-521", Keys.ec("secp521r1"));
    keys.put("Ed25519", Keys.of("Ed25519"));
    keys.put("Ed448", Keys.of("Ed448"));
    return keys;
  }
}
