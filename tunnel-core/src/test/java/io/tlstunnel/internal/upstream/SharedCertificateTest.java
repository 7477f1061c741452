package io.tlstunnel.internal.upstream;

import static io.tlstunnel.testpki.DerWriter.ascii;
import static io.tlstunnel.testpki.DerWriter.element;
import static io.tlstunnel.testpki.DerWriter.sequence;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tlstunnel.testpki.CertificateSpec;
import io.tlstunnel.testpki.Issued;
import io.tlstunnel.testpki.TestKeys;
import io.tlstunnel.tls.ServerTrust;
import java.io.ByteArrayInputStream;
import java.security.KeyPair;
import java.security.cert.CertPathValidator;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * The JDK's object of a certificate is shared by all that is in the JVM, and the JDK writes into
 * it.
 */
@Tag("trials")
class SharedCertificateTest {
  private static final byte[] NAMES_OF_TEST =
      sequence(element(0xA0, sequence(ascii(0x82, "example"))));
  private static final KeyPair KEYS = TestKeys.ec();
  private static final Issued FREE =
      CertificateSpec.of("CN=top").authority().keys(KEYS).selfSigned();
  private static final Issued CONSTRAINED =
      CertificateSpec.of("CN=top")
          .authority()
          .extension("2.5.29.30", true, NAMES_OF_TEST)
          .keys(KEYS)
          .selfSigned();
  private static final Issued MIDDLE =
      CertificateSpec.of("CN=middle")
          .authority()
          .extension("2.5.29.30", true, NAMES_OF_TEST)
          .signedBy(FREE);

  @Test
  @DisplayName("24 a common name that somebody else's check made a name of the shared object")
  void nameThatTheJdkHasWrittenIsNoName() throws Exception {
    for (String commonName : List.of("remote.example", "127.0.0.1")) {
      List<X509Certificate> chain = leaf(commonName);
      PKIXParameters parameters =
          new PKIXParameters(Set.of(new TrustAnchor(FREE.certificate(), null)));
      parameters.setRevocationEnabled(false);
      CertPathValidator.getInstance("PKIX")
          .validate(CertificateFactory.getInstance("X.509").generateCertPath(chain), parameters);
      // Else this test would show nothing: the name is there now, for everybody.
      assertThat(chain.get(0).getSubjectAlternativeNames().toString()).contains(commonName);

      ServerJudge judge =
          new ServerJudge(
              ServerTrust.certificates(List.of(FREE.certificate())), new ServerName(commonName));
      assertThatThrownBy(() -> judge.judge(chain, "ECDHE_ECDSA"))
          .hasMessage("the remote's certificate is not for " + commonName + ", but for urn:x");
      assertThat(CertificateNames.of(chain.get(0))).containsExactly("uri:urn:x");
    }
  }

  @Test
  @DisplayName("24 what a tunnel verifies changes no certificate for the rest of the JVM")
  void verificationLeavesTheSharedObjectAlone() throws Exception {
    List<X509Certificate> chain =
        CertificateSpec.of("CN=other.example")
            .name(element(0x87, new byte[] {127, 0, 0, 1}))
            .signedBy(CONSTRAINED)
            .chain();
    String before = chain.get(0).getSubjectAlternativeNames().toString();
    new ServerJudge(
            ServerTrust.certificates(List.of(CONSTRAINED.certificate())),
            new ServerName("127.0.0.1"))
        .judge(chain, "ECDHE_ECDSA");
    Issued below =
        CertificateSpec.of("CN=b.example")
            .name(element(0x87, new byte[] {127, 0, 0, 1}))
            .signedBy(MIDDLE);
    new ServerJudge(
            ServerTrust.certificates(List.of(FREE.certificate())), new ServerName("127.0.0.1"))
        .judge(below.chain(), "ECDHE_ECDSA");
    assertThat(chain.get(0).getSubjectAlternativeNames().toString()).isEqualTo(before);
    assertThat(below.certificate().getSubjectAlternativeNames().toString())
        .as("nor below an intermediate")
        .doesNotContain("b.example");
    X509Certificate shared =
        (X509Certificate)
            CertificateFactory.getInstance("X.509")
                .generateCertificate(new ByteArrayInputStream(chain.get(0).getEncoded()));
    assertThat(shared).isSameAs(chain.get(0));
  }

  private static List<X509Certificate> leaf(String commonName) {
    return CertificateSpec.of("CN=" + commonName)
        .name(ascii(0x86, "urn:x"))
        .signedBy(MIDDLE)
        .chain();
  }
}
