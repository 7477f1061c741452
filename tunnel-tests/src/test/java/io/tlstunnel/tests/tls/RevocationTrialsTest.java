package io.tlstunnel.tests.tls;

import static io.tlstunnel.tests.tls.CertificateCase.HOST;
import static io.tlstunnel.tests.tls.CertificateCase.row;

import java.nio.file.Path;
import java.security.KeyPair;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.provider.Arguments;

/** What trials with revocation lists found: which of them are believed. */
@Tag("trials")
class RevocationTrialsTest extends CertificateRows {
  static Stream<Arguments> cases() {
    Instant now = Instant.now().truncatedTo(ChronoUnit.SECONDS);
    return CertificateCase.byBothProviders(Stream.concat(lists(now), secondIntermediate(now)));
  }

  private static Stream<CertificateCase> lists(Instant now) {
    Instant yesterday = now.minus(Duration.ofDays(1));
    Issued rsa = OddCert.authority("CN=rsa").keys(Keys.sized("RSA", 2048)).selfSigned();
    Issued leaf = OddCert.server(HOST).signedBy(ROOT);
    Issued other = OddCert.authority("CN=other").selfSigned();
    RevocationList others = RevocationList.of(other);
    RevocationList sound = RevocationList.of(ROOT).number(7);
    String newSignature =
        "let the CA sign it with SHA-256 or better, and give it with withRevocationLists(...)";
    Instant tomorrow = now.plus(Duration.ofDays(1));
    return Stream.of(
        row("27 list signed with SHA-1")
            .trusting(ROOT, other)
            .revokedBy(file(RevocationList.of(ROOT).signature("SHA1withECDSA"), others))
            .shown(leaf)
            .refused(
                "the revocation list of CN=root has a weak signature: SHA1withECDSA", newSignature),
        row("27 list signed with MD5")
            .trusting(rsa, other)
            .revokedBy(file(RevocationList.of(rsa).signature("MD5withRSA"), others))
            .shown(OddCert.server(HOST).signedBy(rsa))
            .refused(
                "the revocation list of CN=rsa has a weak signature: MD5withRSA", newSignature),
        row("27 list of tomorrow")
            .trusting(ROOT, other)
            .revokedBy(file(RevocationList.of(ROOT).issued(tomorrow), others))
            .shown(leaf)
            .refusedByTheClock(
                "the revocation list of CN=root is not valid before " + tomorrow,
                "check the clock of this machine, and the CA's"),
        row("27 list signed with SHA-1 beside a sound one")
            .trusting(ROOT)
            .revokedBy(
                file(
                    RevocationList.of(ROOT)
                        .number(8)
                        .signature("SHA1withECDSA")
                        .revoking(yesterday, leaf.certificate()),
                    sound))
            .shown(leaf)
            .accepted(),
        row("27 list of tomorrow beside one of today")
            .trusting(ROOT)
            .revokedBy(file(RevocationList.of(ROOT).number(8).issued(tomorrow), sound))
            .shown(leaf)
            .accepted(),
        row("27 list of a higher number, issued earlier, revokes")
            .trusting(ROOT)
            .revokedBy(
                file(
                    RevocationList.of(ROOT)
                        .number(8)
                        .issued(yesterday.minus(Duration.ofDays(1)))
                        .revoking(yesterday, leaf.certificate()),
                    sound))
            .shown(leaf)
            .mendedBy(OddCert.server(HOST).signedBy(ROOT))
            .refused(
                "the remote's certificate CN=leaf was revoked on " + yesterday + ": KEY_COMPROMISE",
                "the remote must get a new one"),
        row("27 list of a higher number, issued earlier, revokes no more")
            .trusting(ROOT)
            .revokedBy(
                file(
                    RevocationList.of(ROOT).number(8).issued(yesterday.minus(Duration.ofDays(1))),
                    RevocationList.of(ROOT).number(7).revoking(yesterday, leaf.certificate())))
            .shown(leaf)
            .accepted());
  }

  private static Stream<CertificateCase> secondIntermediate(Instant now) {
    Instant yesterday = now.minus(Duration.ofDays(1));
    KeyPair keys = Keys.p256();
    Issued revoked = OddCert.authority("CN=middle").keys(keys).signedBy(ROOT);
    Issued good = OddCert.authority("CN=middle").keys(keys).signedBy(ROOT);
    return Stream.of(
        row("26 the first intermediate is revoked")
            .trusting(ROOT)
            .revokedBy(
                file(
                    RevocationList.of(ROOT).revoking(yesterday, revoked.certificate()),
                    RevocationList.of(good)))
            .shown(OddCert.server(HOST).signedBy(good).sentWith(revoked, good))
            .accepted());
  }

  private static Path file(RevocationList... lists) {
    return RevocationList.file(Stream.of(lists).map(RevocationList::pem).toArray(String[]::new));
  }
}
