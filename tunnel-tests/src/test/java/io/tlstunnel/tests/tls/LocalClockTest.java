package io.tlstunnel.tests.tls;

import static io.tlstunnel.tests.tls.CertificateCase.HOST;
import static io.tlstunnel.tests.tls.CertificateCase.row;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.provider.Arguments;

/**
 * Ensures that whoever reads of a date that has passed, or has not come, also reads what time it is
 * on the tunnel's machine: with a wrong clock there, the date looks right to everybody else.
 */
@Tag("trials")
class LocalClockTest extends CertificateRows {
  private static final String UNLESS_CLOCK = ", unless the clock here is wrong";

  static Stream<Arguments> cases() {
    Instant yesterday = Instant.now().minus(Duration.ofDays(1)).truncatedTo(ChronoUnit.SECONDS);
    OddCert expired = OddCert.server(HOST).expired();
    OddCert early = OddCert.server(HOST).notYetValid();
    Issued expiredRoot = OddCert.authority("CN=old root").expired().selfSigned();
    Issued earlyRoot = OddCert.authority("CN=new root").notYetValid().selfSigned();
    Issued middle = OddCert.authority("CN=middle").signedBy(ROOT);
    String current = RevocationList.of(ROOT, yesterday.plus(Duration.ofDays(7)), yesterday);
    String stale = RevocationList.of(middle, yesterday, yesterday);
    return CertificateCase.byBothProviders(
        Stream.of(
            row("17 expired here")
                .trusting(ROOT)
                .shown(expired.signedBy(ROOT))
                .refusedByTheClock(
                    "the remote's certificate CN=leaf expired on " + expired.until(),
                    "the remote must renew it" + UNLESS_CLOCK),
            row("17 not yet valid here")
                .trusting(ROOT)
                .shown(early.signedBy(ROOT))
                .refusedByTheClock(
                    "the remote's certificate CN=leaf is not valid before " + early.from(),
                    "check the clocks on both sides"),
            row("17 trusted certificate, expired here")
                .trusting(expiredRoot, ROOT)
                .shown(OddCert.server(HOST).signedBy(expiredRoot))
                .refusedByTheClock(
                    "the trusted certificate CN=old root expired on "
                        + expiredRoot.certificate().getNotAfter().toInstant(),
                    "give its successor with trust(...)" + UNLESS_CLOCK),
            row("17 trusted certificate, not yet valid here")
                .trusting(earlyRoot, ROOT)
                .shown(OddCert.server(HOST).signedBy(earlyRoot))
                .refusedByTheClock(
                    "the trusted certificate CN=new root is not valid before "
                        + earlyRoot.certificate().getNotBefore().toInstant(),
                    "check the clock of this machine"),
            row("17 revocation list, out of date here")
                .trusting(ROOT)
                .revokedBy(RevocationList.file(current, stale))
                .shown(OddCert.server(HOST).signedBy(middle))
                .mendedBy(OddCert.server(HOST).signedBy(ROOT))
                .refusedByTheClock(
                    "the revocation list of CN=middle is out of date since " + yesterday,
                    "fetch it anew and give it with withRevocationLists(...)" + UNLESS_CLOCK)));
  }
}
