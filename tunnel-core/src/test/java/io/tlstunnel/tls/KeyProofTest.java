package io.tlstunnel.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tlstunnel.testpki.CertificateSpec;
import io.tlstunnel.testpki.Issued;
import io.tlstunnel.testpki.TestCa;
import io.tlstunnel.testpki.TestKeys;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.spec.MGF1ParameterSpec;
import java.security.spec.PSSParameterSpec;
import java.security.spec.RSAKeyGenParameterSpec;
import java.security.spec.RSAPrivateCrtKeySpec;
import java.security.spec.RSAPublicKeySpec;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A pair that could not be tried is not one that was tried and failed. */
@Tag("trials")
class KeyProofTest {
  private static final TestCa CA = TestCa.create("authority");

  @ParameterizedTest(name = "10 an RSASSA-PSS pair of {0} belongs together")
  @CsvSource({"SHA-256, 32", "SHA-384, 48", "SHA-512, 64", "SHA-512/256, 32"})
  void pssPairIsTriedWithItsOwnParameters(String hash, int salt) throws Exception {
    PSSParameterSpec parameters =
        new PSSParameterSpec(hash, "MGF1", new MGF1ParameterSpec(hash), salt, 1);
    Issued client = issue(pss(parameters));
    assertThat(ClientCert.of(client.key(), client.chain()).privateKey()).isEqualTo(client.key());
    KeyPair other = pss(parameters);
    assertThatThrownBy(() -> ClientCert.of(other.getPrivate(), client.chain()))
        .hasMessageStartingWith("the private key: does not belong to the certificate CN=client");
  }

  @Test
  @DisplayName("10 an RSA key with a certificate for RSASSA-PSS, and the reverse")
  void rsaKeyServesAPssCertificate() throws Exception {
    KeyPair rsa = TestKeys.rsa();
    KeyPair pss = samePair(rsa);
    Issued forPss = issue(new KeyPair(pss.getPublic(), rsa.getPrivate()));
    assertThat(ClientCert.of(rsa.getPrivate(), forPss.chain())).isNotNull();
    assertThat(ClientCert.of(pss.getPrivate(), issue(rsa).chain())).isNotNull();
  }

  @Test
  @DisplayName("10 a key that cannot sign is not called another certificate's")
  void keyThatCannotSignIsToldAsThat() {
    Issued client = issue(TestKeys.named("X25519"));
    assertThatThrownBy(() -> ClientCert.of(client.key(), client.chain()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "the private key: could not be tried against the certificate CN=client of the"
                + " certificate chain: a key of the kind XDH signs nothing here (expected: an RSA,"
                + " EC, Ed25519 or Ed448 key)");
  }

  @Test
  @DisplayName("10 keys of different kinds do not belong together")
  void otherKindIsNoMatter() {
    List<KeyPair> kinds =
        List.of(
            TestKeys.rsa(),
            TestKeys.ec(),
            TestKeys.ec("secp384r1"),
            TestKeys.named("Ed25519"),
            TestKeys.named("Ed448"));
    for (KeyPair own : kinds) {
      for (KeyPair certified : kinds) {
        Issued client = issue(certified);
        if (own.equals(certified)) {
          assertThat(ClientCert.of(own.getPrivate(), client.chain())).isNotNull();
        } else {
          assertThatThrownBy(() -> ClientCert.of(own.getPrivate(), client.chain()))
              .hasMessageContaining("does not belong to the certificate CN=client");
        }
      }
    }
  }

  @Test
  @DisplayName("10 a PKCS#12 that was loaded without its password has a sentence of its own")
  void entryWithoutCertificateIsToldAsThat() throws Exception {
    Issued client = CA.client("client");
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    store.setKeyEntry(
        "client", client.key(), "sesame".toCharArray(), client.chain().toArray(new Certificate[0]));
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    store.store(file, "sesame".toCharArray());
    store.load(new ByteArrayInputStream(file.toByteArray()), null);
    assertThatThrownBy(() -> ClientCert.keyStore(store, "client", "sesame"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "key store entry 'client': has a key and no certificate (expected: its chain; a PKCS#12"
                + " file shows none when it is loaded without a password, or was exported with"
                + " -nocerts)");
  }

  private static Issued issue(KeyPair keys) {
    return CA.issue(CertificateSpec.of("CN=client").keys(keys));
  }

  private static KeyPair pss(PSSParameterSpec parameters) throws Exception {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("RSASSA-PSS");
    generator.initialize(new RSAKeyGenParameterSpec(2048, RSAKeyGenParameterSpec.F4, parameters));
    return generator.generateKeyPair();
  }

  /** The same numbers, marked for RSASSA-PSS. */
  private static KeyPair samePair(KeyPair rsa) throws Exception {
    KeyFactory factory = KeyFactory.getInstance("RSASSA-PSS");
    KeyFactory open = KeyFactory.getInstance("RSA");
    return new KeyPair(
        factory.generatePublic(open.getKeySpec(rsa.getPublic(), RSAPublicKeySpec.class)),
        factory.generatePrivate(open.getKeySpec(rsa.getPrivate(), RSAPrivateCrtKeySpec.class)));
  }
}
