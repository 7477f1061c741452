package io.tlstunnel.internal.upstream;

import static io.tlstunnel.testpki.DerWriter.ascii;
import static io.tlstunnel.testpki.DerWriter.bits;
import static io.tlstunnel.testpki.DerWriter.element;
import static io.tlstunnel.testpki.DerWriter.sequence;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tlstunnel.testpki.CertificateSpec;
import io.tlstunnel.testpki.Issued;
import io.tlstunnel.testpki.TestKeys;
import io.tlstunnel.tls.ServerTrust;
import java.security.KeyPair;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What no server will send, and what is the same on every connection: the judge on its own. */
class ServerJudgeTest {
  private static final Issued ROOT = CertificateSpec.of("CN=root").authority().selfSigned();
  private static final String SIGNS = "ECDHE_ECDSA";
  private static final String KEY_USAGE = "2.5.29.15";

  @Test
  void intermediatesMayComeInAnyOrderAndTwice() {
    Issued upper = CertificateSpec.of("CN=upper").authority().signedBy(ROOT);
    Issued lower = CertificateSpec.of("CN=lower").authority().signedBy(upper);
    Issued leaf = leaf().signedBy(lower);
    assertAccepts(ROOT, leaf, upper, lower, upper, ROOT);
  }

  @Test
  void intermediateOfTheSameNameDoesNotHideTheRightOne() {
    Issued impostor = CertificateSpec.of("CN=middle").authority().signedBy(ROOT);
    Issued middle = CertificateSpec.of("CN=middle").authority().signedBy(ROOT);
    assertAccepts(ROOT, leaf().signedBy(middle), impostor, middle);
  }

  @Test
  void crossSignedIntermediateLeadsToTheRootThatIsTrusted() {
    Issued stranger = CertificateSpec.of("CN=stranger").authority().selfSigned();
    KeyPair keys = TestKeys.ec();
    Issued byStranger = CertificateSpec.of("CN=middle").authority().keys(keys).signedBy(stranger);
    Issued byRoot = CertificateSpec.of("CN=middle").authority().keys(keys).signedBy(ROOT);
    assertAccepts(ROOT, leaf().signedBy(byRoot), byStranger, byRoot);
  }

  @Test
  void expiredCrossSignatureDoesNoHarmBesideATrustedIssuer() {
    KeyPair keys = TestKeys.ec();
    Issued trusted = CertificateSpec.of("CN=trusted").authority().keys(keys).selfSigned();
    Issued expired =
        CertificateSpec.of("CN=trusted")
            .authority()
            .keys(keys)
            .validity(Instant.now().minus(Duration.ofDays(9)), Instant.now().minusSeconds(60))
            .signedBy(ROOT);
    assertAccepts(trusted, leaf().signedBy(trusted), expired);
  }

  /** Each of them names every other one as its issuer: 9! ways to nowhere. */
  @Test
  void certificatesInCirclesAreGivenUp() {
    KeyPair keys = TestKeys.ec();
    Issued ring = CertificateSpec.of("CN=ring").authority().keys(keys).selfSigned();
    List<X509Certificate> chain = new ArrayList<>();
    chain.add(leaf().signedBy(ring).certificate());
    for (int i = 0; i < 9; i++) {
      chain.add(CertificateSpec.of("CN=ring").authority().keys(keys).selfSigned().certificate());
    }
    assertThat(refusal(ROOT, chain))
        .isEqualTo("the first 10 certificates that the remote sent lead to no trusted CA");
  }

  @Test
  void certificateThatIsTrustedItselfNeedsNoIssuer() {
    Issued stranger = CertificateSpec.of("CN=stranger").authority().selfSigned();
    Issued leaf = leaf().signedBy(stranger);
    assertAccepts(leaf, leaf);
  }

  @Test
  void certificateThatIsTrustedItselfMustBearTheName() {
    Issued other = CertificateSpec.of("CN=other").dns("other.example").selfSigned();
    assertThat(refusal(other, List.of(other.certificate())))
        .isEqualTo("the remote's certificate is not for remote.example, but for other.example");
  }

  @ParameterizedTest
  @CsvSource({
    "remote.example, remote.example, true",
    "REMOTE.example, remote.EXAMPLE, true",
    "*.example.org, a.example.org, true",
    "*.example.org, example.org, false",
    "*.example.org, a.b.example.org, false",
    "*.example, a.example, false",
    "*, localhost, false",
    "*., localhost, false",
    "a*.example.org, ab.example.org, false",
    "*a.example.org, ba.example.org, false",
    "xn--*.example.org, xn--bcher-kva.example.org, false",
    "a.*.example.org, a.b.example.org, false",
    "*.*.example.org, a.b.example.org, false",
    "remote.example., remote.example, false",
    "remote.exampl\u212A, remote.examplk, false",
    "127.0.0.1, 127.0.0.1, false",
    "*.0.0.1, 127.0.0.1, false",
  })
  void dnsNameStandsForWhatItSays(String certified, String asked, boolean fits) throws Exception {
    CertificateNames names =
        new CertificateNames(CertificateSpec.of("CN=x").dns(certified).selfSigned().certificate());
    assertThat(names.include(asked)).isEqualTo(fits);
  }

  @ParameterizedTest
  @CsvSource({
    "10.0.0.7, 10.0.0.7, true",
    "10.0.0.7, 10.0.0.8, false",
    "10.0.0.7, ::ffff:10.0.0.7, false",
    "2001:db8::1, 2001:0DB8:0:0:0:0:0:1, true",
    "2001:db8::1, 2001:db8::2, false",
    "::1, ::1, true",
  })
  void addressIsComparedByItsBytes(String certified, String asked, boolean fits) throws Exception {
    CertificateNames names =
        new CertificateNames(CertificateSpec.of("CN=x").ip(certified).selfSigned().certificate());
    assertThat(names.include(asked)).isEqualTo(fits);
  }

  @Test
  void longSubjectIsToldInPart() {
    assertThat(CertificateNames.printable("CN=" + "x".repeat(500))).hasSize(203).endsWith("x...");
  }

  @Test
  void keyThatMustNotSignServesNobody() {
    Issued leaf = leaf().extension(KEY_USAGE, true, bits(3, new byte[] {0x08})).signedBy(ROOT);
    assertThat(refusal(ROOT, leaf.chain()))
        .isEqualTo(
            "the remote's certificate CN=leaf is not for servers: its key usage lacks"
                + " digitalSignature");
  }

  @Test
  void rsaKeyExchangeNeedsAKeyThatDecrypts() throws Exception {
    CertificateSpec spec = leaf().keys(TestKeys.rsa());
    Issued decrypts = spec.extension(KEY_USAGE, true, bits(5, new byte[] {0x20})).signedBy(ROOT);
    judge(ROOT).judge(decrypts.chain(), IssuerRules.RSA_KEY_EXCHANGE);
    Issued signs =
        leaf()
            .keys(TestKeys.rsa())
            .extension(KEY_USAGE, true, bits(7, new byte[] {(byte) 0x80}))
            .signedBy(ROOT);
    assertThatThrownBy(() -> judge(ROOT).judge(signs.chain(), IssuerRules.RSA_KEY_EXCHANGE))
        .hasMessage(
            "the remote's certificate CN=leaf is not for the RSA key exchange: its key usage lacks"
                + " keyEncipherment");
  }

  /** Three levels of three: 27 ways, each of which fails at its last rule but one. */
  @Test
  void mazeIsWalkedToItsEnd() {
    List<X509Certificate> chain = new ArrayList<>();
    Issued issuer = ROOT;
    for (String level : List.of("CN=a", "CN=b", "CN=c")) {
      KeyPair keys = TestKeys.ec();
      Issued above = issuer;
      for (int i = 0; i < 3; i++) {
        issuer = CertificateSpec.of(level).authority().keys(keys).signedBy(above);
        chain.add(issuer.certificate());
      }
    }
    chain.add(0, CertificateSpec.of("CN=leaf").dns("other.example").signedBy(issuer).certificate());
    assertThat(refusal(ROOT, chain))
        .isEqualTo("the remote's certificate is not for remote.example, but for other.example");
  }

  @Test
  void thousandsOfNamesAreNotComparedWithHundredsOfConstraints() {
    byte[][] subtrees = new byte[300][];
    Arrays.setAll(subtrees, i -> sequence(ascii(0x82, "n" + i + ".example")));
    Issued constrained =
        CertificateSpec.of("CN=middle")
            .authority()
            .extension("2.5.29.30", true, sequence(element(0xA1, subtrees)))
            .signedBy(ROOT);
    CertificateSpec leaf = leaf();
    for (int i = 0; i < 400; i++) {
      leaf.dns("n" + i + ".corp.example");
    }
    assertThat(refusal(ROOT, leaf.signedBy(constrained).chain()))
        .isEqualTo("the remote's certificates have too many names and name constraints to compare");
  }

  @Test
  void certificateThatExpiredSinceItWasAcceptedIsRefused() throws Exception {
    Issued middle = CertificateSpec.of("CN=middle").authority().signedBy(ROOT);
    List<X509Certificate> chain = leaf().signedBy(middle).chain();
    ServerJudge judge = judge(ROOT);
    judge.judge(chain, SIGNS);
    assertThatCode(() -> judge.judgeAgain(chain, SIGNS)).doesNotThrowAnyException();
    Issued expired =
        CertificateSpec.of("CN=leaf")
            .dns("remote.example")
            .validity(Instant.now().minus(Duration.ofDays(9)), Instant.now().minusSeconds(60))
            .signedBy(middle);
    assertThatCode(() -> judge.judgeAgain(expired.chain(), SIGNS))
        .hasMessageStartingWith("the remote's certificate CN=leaf expired on ");
  }

  private static CertificateSpec leaf() {
    return CertificateSpec.of("CN=leaf").dns("remote.example");
  }

  private static void assertAccepts(Issued trusted, Issued leaf, Issued... sent) {
    List<X509Certificate> chain = new ArrayList<>(List.of(leaf.certificate()));
    for (Issued issuer : sent) {
      chain.add(issuer.certificate());
    }
    assertThatCode(() -> judge(trusted).judge(chain, SIGNS)).doesNotThrowAnyException();
  }

  private static String refusal(Issued trusted, List<X509Certificate> chain) {
    try {
      judge(trusted).judge(chain, SIGNS);
      return "accepted";
    } catch (RefusedServerException e) {
      return e.diagnosis().cause();
    }
  }

  private static ServerJudge judge(Issued trusted) {
    return new ServerJudge(
        ServerTrust.certificates(List.of(trusted.certificate())), new ServerName("remote.example"));
  }
}
