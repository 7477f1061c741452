package io.tlstunnel.junit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateFactory;
import java.security.cert.CertificateNotYetValidException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class TestCaTest {
  private static final String SERVER_AUTH = "1.3.6.1.5.5.7.3.1";
  private static final String CLIENT_AUTH = "1.3.6.1.5.5.7.3.2";

  private final TestCa ca = TestCa.create("CN=Root, O=Test");

  @Test
  void serverCertificateHasEveryKindOfName() throws GeneralSecurityException {
    X509Certificate server =
        ca.server("a.example", "*.b.example", "10.0.0.1", "::1", "spiffe://corp/store")
            .certificate();

    server.verify(ca.certificate().getPublicKey());
    assertThat(server.getSubjectX500Principal().getName()).isEqualTo("CN=a.example");
    assertThat(server.getSubjectAlternativeNames())
        .extracting(name -> name.get(0) + ":" + name.get(1))
        .containsExactly(
            "2:a.example",
            "2:*.b.example",
            "7:10.0.0.1",
            "7:0:0:0:0:0:0:0:1",
            "6:spiffe://corp/store");
    assertThat(server.getExtendedKeyUsage()).containsExactly(SERVER_AUTH);
  }

  @Test
  void namesMayBeManyOrNoOnesIdeaOfAName() throws GeneralSecurityException {
    String[] many = new String[10_000];
    for (int i = 0; i < many.length; i++) {
      many[i] = "host-" + i + ".example";
    }
    assertThat(ca.server(many).certificate().getSubjectAlternativeNames()).hasSize(10_000);
    assertThat(ca.server("a".repeat(200)).certificate().getSubjectAlternativeNames()).hasSize(1);
    assertThat(ca.server("x".repeat(100)).certificate().getSubjectAlternativeNames()).hasSize(1);
  }

  @Test
  void clientCertificateIsForClientsOnlyAndOthersForBoth() throws GeneralSecurityException {
    assertThat(ca.client("querier").subject()).isEqualTo("CN=querier");
    assertThat(ca.client("CN=q,O=corp").subject()).isEqualTo("CN=q,O=corp");
    assertThat(ca.client("querier").certificate().getExtendedKeyUsage())
        .containsExactly(CLIENT_AUTH);
    assertThat(ca.issue().spiffe("spiffe://corp/x").build().certificate().getExtendedKeyUsage())
        .containsExactly(SERVER_AUTH, CLIENT_AUTH);
  }

  @Test
  void validityIsWhatWasAskedFor() {
    assertThatThrownBy(() -> ca.issue().names("a").expired().build().certificate().checkValidity())
        .isInstanceOf(CertificateExpiredException.class);
    assertThatThrownBy(
            () -> ca.issue().names("a").notYetValid().build().certificate().checkValidity())
        .isInstanceOf(CertificateNotYetValidException.class);
    Instant from = Instant.parse("2030-01-01T00:00:00Z");
    assertThat(
            ca.issue()
                .names("a")
                .valid(from, from.plusSeconds(1))
                .build()
                .certificate()
                .getNotBefore())
        .isEqualTo(Date.from(from));
  }

  @Test
  void clockMovesWhatIsIssued() {
    TestClock clock = TestClock.at(Instant.parse("2030-01-01T00:00:00Z"));
    TestCa later = TestCa.create("CN=Later", clock);
    X509Certificate before = later.server("a").certificate();
    clock.advance(Duration.ofDays(200));
    X509Certificate after = later.server("a").certificate();

    assertThat(before.getNotAfter().toInstant()).isBefore(clock.instant());
    assertThat(after.getNotBefore().toInstant()).isEqualTo(clock.instant().minusSeconds(3600));
  }

  @Test
  void intermediateMakesTheChainLongerAndCanBeForgotten() throws GeneralSecurityException {
    TestCa issuing = ca.intermediate("CN=Middle").intermediate("CN=Issuing");
    TestCert server = issuing.server("a.example");

    assertThat(server.chain())
        .extracting(certificate -> certificate.getSubjectX500Principal().getName())
        .containsExactly("CN=a.example", "CN=Issuing", "CN=Middle");
    server.certificate().verify(issuing.certificate().getPublicKey());
    assertThat(issuing.root()).isEqualTo(ca.certificate());
    assertThat(server.withoutIntermediates().chain()).hasSize(1);
  }

  @Test
  void selfSignedServerSignsItself() throws GeneralSecurityException {
    TestCert server = TestCa.selfSignedServer("a.example");

    server.certificate().verify(server.certificate().getPublicKey());
  }

  @Test
  void rsaAuthorityIssuesRsaCertificates() {
    assertThat(TestCa.rsa("CN=Old").server("a").privateKey().getAlgorithm()).isEqualTo("RSA");
    assertThat(ca.server("a").privateKey().getAlgorithm()).isEqualTo("EC");
  }

  @Test
  void pemFilesHoldTheSameAndAreTheirOwnersAlone() throws Exception {
    TestCert server = ca.intermediate("CN=Middle").server("a.example");

    assertThat(read(server.chainFile())).isEqualTo(server.chain());
    assertThat(read(ca.pemFile())).containsExactly(ca.certificate());
    assertThat(server.keyFile()).content().startsWith("-----BEGIN PRIVATE KEY-----\n");
    assertThat(server.keyFile()).isEqualTo(server.keyFile());
    assertThat(
            PosixFilePermissions.toString(
                Files.getPosixFilePermissions(server.keyFile().getParent())))
        .isEqualTo("rwx------");
  }

  @Test
  void rotationReplacesBothFiles(@TempDir Path directory) throws Exception {
    Path chain = directory.resolve("tls.crt");
    Path key = directory.resolve("tls.key");
    ca.client("old").rotateInto(chain, key);
    TestCert next = ca.client("new");
    next.rotateInto(chain, key);

    assertThat(read(chain)).containsExactly(next.certificate());
    assertThat(key).hasContent(next.keyPem());
    try (var files = Files.list(directory)) {
      assertThat(files).hasSize(2);
    }
  }

  @Test
  void nonsenseIsRefusedWithAnExpectation() {
    assertThatThrownBy(() -> ca.server())
        .hasMessage("names: none (expected: at least one host name)");
    assertThatThrownBy(() -> ca.issue().build())
        .hasMessage("a certificate needs subject(...) or names(...)");
    assertThatThrownBy(() -> ca.issue().spiffe("https://corp"))
        .hasMessage("spiffe: https://corp (expected: spiffe://...)");
    assertThatThrownBy(() -> ca.issue().valid(Instant.EPOCH.plusSeconds(1), Instant.EPOCH))
        .hasMessage("valid: until 1970-01-01T00:00:00Z (expected: after 1970-01-01T00:00:01Z)");
  }

  private static List<X509Certificate> read(Path file)
      throws GeneralSecurityException, IOException {
    try (var in = Files.newInputStream(file)) {
      return CertificateFactory.getInstance("X.509").generateCertificates(in).stream()
          .map(X509Certificate.class::cast)
          .toList();
    }
  }
}
