package io.tlstunnel.tests.tls;

import static io.tlstunnel.tests.tls.CertificateCase.HOST;
import static io.tlstunnel.tests.tls.CertificateCase.row;

import java.security.KeyPair;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.provider.Arguments;

/** Certificates that are out of date, of unknown issuers, or revoked. */
@Tag("tls")
class ServerCertificateTest extends CertificateRows {
  private static final String UNLESS_CLOCK = ", unless the clock here is wrong";

  private static final Issued MIDDLE = OddCert.authority("CN=middle").signedBy(ROOT);
  private static final String UNKNOWN_CA =
      "give that CA's certificate with trust(...), or let the remote send its intermediate"
          + " certificates";

  static Stream<Arguments> cases() {
    return CertificateCase.byBothProviders(
        Stream.of(time(), issuers(), revocation()).flatMap(cases -> cases));
  }

  private static Stream<CertificateCase> time() {
    OddCert expired = OddCert.server(HOST).expired();
    OddCert early = OddCert.server(HOST).notYetValid();
    OddCert expiredMiddle = OddCert.authority("CN=middle").expired();
    Issued expiredRoot = OddCert.authority("CN=old root").expired().selfSigned();
    Issued earlyRoot = OddCert.authority("CN=new root").notYetValid().selfSigned();
    KeyPair keys = Keys.p256();
    Issued before = OddCert.authority("CN=renewed").keys(keys).expired().selfSigned();
    Issued after = OddCert.authority("CN=renewed").keys(keys).selfSigned();
    Issued pinned = OddCert.server(HOST).expired().selfSigned();
    return Stream.of(
        row("T1 expired")
            .trusting(ROOT)
            .shown(expired.signedBy(ROOT))
            .refusedByTheClock(
                "the remote's certificate CN=leaf expired on " + expired.until(),
                "the remote must renew it" + UNLESS_CLOCK),
        row("T1 expired, and trusted itself")
            .trusting(pinned, ROOT)
            .shown(pinned)
            .refusedByTheClock(
                "the remote's certificate CN=leaf expired on "
                    + pinned.certificate().getNotAfter().toInstant(),
                "the remote must renew it" + UNLESS_CLOCK),
        row("T2 not yet valid")
            .trusting(ROOT)
            .shown(early.signedBy(ROOT))
            .refusedByTheClock(
                "the remote's certificate CN=leaf is not valid before " + early.from(),
                "check the clocks on both sides"),
        row("T30 expired intermediate")
            .trusting(ROOT)
            .shown(OddCert.server(HOST).signedBy(expiredMiddle.signedBy(ROOT)))
            .refusedByTheClock(
                "the remote's certificate CN=middle expired on " + expiredMiddle.until(),
                "the remote must renew it" + UNLESS_CLOCK),
        row("T30 expired root")
            .trusting(expiredRoot, ROOT)
            .shown(OddCert.server(HOST).signedBy(expiredRoot))
            .refusedByTheClock(
                "the trusted certificate CN=old root expired on "
                    + expiredRoot.certificate().getNotAfter().toInstant(),
                "give its successor with trust(...)" + UNLESS_CLOCK),
        row("T30 root not yet valid")
            .trusting(earlyRoot, ROOT)
            .shown(OddCert.server(HOST).signedBy(earlyRoot))
            .refusedByTheClock(
                "the trusted certificate CN=new root is not valid before "
                    + earlyRoot.certificate().getNotBefore().toInstant(),
                "check the clock of this machine"),
        row("T30 renewed root beside its expired self")
            .trusting(before, after)
            .shown(OddCert.server(HOST).signedBy(before))
            .accepted());
  }

  private static Stream<CertificateCase> issuers() {
    Issued stranger = OddCert.authority("CN=stranger").selfSigned();
    Issued otherMiddle = OddCert.authority("CN=middle").signedBy(ROOT);
    Issued otherRoot = OddCert.authority("CN=root").selfSigned();
    Issued leaf = OddCert.server(HOST).signedBy(MIDDLE);
    String changedKey =
        "a CA may have changed its key: give its new certificate with trust(...), or let the remote"
            + " send the intermediate that belongs to its certificate";
    return Stream.of(
        row("T4 self-signed")
            .trusting(ROOT)
            .shown(OddCert.server(HOST).selfSigned())
            .refused(
                "the remote's certificate CN=leaf is self-signed and not trusted",
                "give it with trust(...), if this is the right remote"),
        row("T5 untrusted root")
            .trusting(ROOT)
            .shown(OddCert.server(HOST).signedBy(stranger))
            .refused(
                "the remote's certificate CN=leaf was issued by CN=stranger, which is not trusted",
                UNKNOWN_CA),
        row("T5 untrusted root, sent along")
            .trusting(ROOT)
            .shown(OddCert.server(HOST).signedBy(stranger).sentWith(stranger))
            .refused(
                "the remote's certificate CN=leaf was issued by CN=stranger, which is not trusted",
                UNKNOWN_CA),
        row("T6 missing intermediate")
            .trusting(ROOT)
            .shown(leaf.sentWith())
            .mendedBy(leaf)
            .refused(
                "the remote's certificate CN=leaf was issued by CN=middle, which is not trusted",
                UNKNOWN_CA),
        row("T7 intermediate of the same name with another key")
            .trusting(ROOT)
            .shown(leaf.sentWith(otherMiddle))
            .mendedBy(leaf)
            .refused(
                "the remote's certificate CN=leaf names CN=middle as its issuer, but was not signed"
                    + " with the key of the CA certificate of that name",
                changedKey),
        row("T7 root of the same name with another key")
            .trusting(ROOT)
            .shown(OddCert.server(HOST).signedBy(otherRoot))
            .refused(
                "the remote's certificate CN=leaf names CN=root as its issuer, but was not signed"
                    + " with the key of the CA certificate of that name",
                changedKey));
  }

  private static Stream<CertificateCase> revocation() {
    Instant now = Instant.now().truncatedTo(ChronoUnit.SECONDS);
    Instant nextWeek = now.plus(Duration.ofDays(7));
    Instant yesterday = now.minus(Duration.ofDays(1));
    Issued leaf = OddCert.server(HOST).signedBy(MIDDLE);
    Issued revokedMiddle = OddCert.authority("CN=revoked").signedBy(ROOT);
    String root = RevocationList.of(ROOT, nextWeek, yesterday, revokedMiddle.certificate());
    String middle = RevocationList.of(MIDDLE, nextWeek, yesterday, leaf.certificate());
    Issued otherMiddle = OddCert.authority("CN=middle").signedBy(ROOT);
    String forged = RevocationList.of(otherMiddle, nextWeek, yesterday);
    String stale = RevocationList.of(MIDDLE, yesterday, yesterday);
    Issued next = OddCert.server(HOST).signedBy(MIDDLE);
    Issued direct = OddCert.server(HOST).signedBy(ROOT);
    String revoked = " was revoked on " + yesterday + ": KEY_COMPROMISE";
    String renew = "the remote must get a new one";
    String give =
        "give one of each CA between the remote and the trusted root with withRevocationLists(...)";
    return Stream.of(
        row("T8 revoked")
            .trusting(ROOT)
            .revokedBy(RevocationList.file(root, middle))
            .shown(leaf)
            .mendedBy(next)
            .refused("the remote's certificate CN=leaf" + revoked, renew),
        row("T8 intermediate that is revoked")
            .trusting(ROOT)
            .revokedBy(
                RevocationList.file(root, RevocationList.of(revokedMiddle, nextWeek, yesterday)))
            .shown(OddCert.server(HOST).signedBy(revokedMiddle))
            .mendedBy(direct)
            .refused("the remote's certificate CN=revoked" + revoked, renew),
        row("T8 not revoked")
            .trusting(ROOT)
            .revokedBy(RevocationList.file(root, middle))
            .shown(next)
            .accepted(),
        row("T8 revoked, and no list given").trusting(ROOT).shown(leaf).accepted(),
        row("T10 list that is out of date")
            .trusting(ROOT)
            .revokedBy(RevocationList.file(root, stale))
            .shown(next)
            .mendedBy(direct)
            .refusedByTheClock(
                "the revocation list of CN=middle is out of date since " + yesterday,
                "fetch it anew and give it with withRevocationLists(...)" + UNLESS_CLOCK),
        row("T10 no list of the CA")
            .trusting(ROOT)
            .revokedBy(RevocationList.file(root))
            .shown(next)
            .mendedBy(direct)
            .refused("no revocation list of CN=middle was given", give),
        row("T10 list that another signed in the CA's name")
            .trusting(ROOT)
            .revokedBy(RevocationList.file(root, forged))
            .shown(next)
            .mendedBy(direct)
            .refused("no revocation list of CN=middle was given", give));
  }
}
