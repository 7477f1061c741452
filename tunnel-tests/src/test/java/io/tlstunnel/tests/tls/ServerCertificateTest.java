package io.tlstunnel.tests.tls;

import static io.tlstunnel.tests.tls.CertificateCase.HOST;
import static io.tlstunnel.tests.tls.CertificateCase.row;

import io.tlstunnel.junit.GrpcBackend;
import io.tlstunnel.junit.TestCa;
import java.security.KeyPair;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.stream.Stream;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.DERNull;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralSubtree;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.asn1.x509.NameConstraints;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Ensures that a remote whose certificate is not in order gets no byte of a request. */
@Tag("tls")
class ServerCertificateTest {
  private static final Issued ROOT = OddCert.authority("CN=root").selfSigned();
  private static final Issued MIDDLE = OddCert.authority("CN=middle").signedBy(ROOT);
  private static final String UNKNOWN_OID = "1.3.6.1.4.1.99999.1";

  private static final String NEW_KEY =
      "renew it with RSA of 2048 bits or more, EC P-256, P-384 or P-521, or Ed25519";
  private static final String NEW_SIGNATURE =
      "let its CA issue it anew, signed with SHA-256 or better";
  private static final String UNKNOWN_CA =
      "give that CA's certificate with trust(...), or let the remote send its intermediate"
          + " certificates";
  private static final String SERVER_CA =
      "the remote needs a certificate of a CA that issues for servers";
  private static final String SERVER_AUTH =
      "the remote needs a certificate with the extended key usage serverAuth";
  private static final String SHORTER_PATH =
      "let the CA that limits the path issue the remote's certificate itself";
  private static final String SHORTER_CHAIN =
      "let the remote send its own certificate and the intermediates, and nothing else";
  private static final String OTHER_CA =
      "the remote needs a certificate of a CA that may issue for its name";

  private static GrpcBackend backend;

  @BeforeAll
  static void start() {
    backend =
        GrpcBackend.builder(TestCa.create()).anyClient().service(TunnelUnderTest.echo()).start();
  }

  @AfterAll
  static void stop() {
    backend.close();
  }

  @ParameterizedTest(name = "{0}, {1}")
  @MethodSource("cases")
  void certificate(CertificateCase certificate, Provider provider) {
    certificate.run(backend, provider);
  }

  static Stream<Arguments> cases() {
    return CertificateCase.byBothProviders(
        Stream.of(
                time(),
                issuers(),
                revocation(),
                algorithms(),
                purposes(),
                authorities(),
                constraints(),
                odd())
            .flatMap(cases -> cases));
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
            .refused(
                "the remote's certificate CN=leaf expired on " + expired.until(),
                "the remote must renew it"),
        row("T1 expired, and trusted itself")
            .trusting(pinned, ROOT)
            .shown(pinned)
            .refused(
                "the remote's certificate CN=leaf expired on "
                    + pinned.certificate().getNotAfter().toInstant(),
                "the remote must renew it"),
        row("T2 not yet valid")
            .trusting(ROOT)
            .shown(early.signedBy(ROOT))
            .refused(
                "the remote's certificate CN=leaf is not valid before " + early.from(),
                "check the clocks on both sides"),
        row("T30 expired intermediate")
            .trusting(ROOT)
            .shown(OddCert.server(HOST).signedBy(expiredMiddle.signedBy(ROOT)))
            .refused(
                "the remote's certificate CN=middle expired on " + expiredMiddle.until(),
                "the remote must renew it"),
        row("T30 expired root")
            .trusting(expiredRoot, ROOT)
            .shown(OddCert.server(HOST).signedBy(expiredRoot))
            .refused(
                "the trusted certificate CN=old root expired on "
                    + expiredRoot.certificate().getNotAfter().toInstant(),
                "give its successor with trust(...)"),
        row("T30 root not yet valid")
            .trusting(earlyRoot, ROOT)
            .shown(OddCert.server(HOST).signedBy(earlyRoot))
            .refused(
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
            .refused(
                "the revocation list of CN=middle is out of date since " + yesterday,
                "fetch it anew and give it with withRevocationLists(...)"),
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

  private static Stream<CertificateCase> algorithms() {
    Issued shortRoot =
        OddCert.authority("CN=short root").keys(Keys.sized("RSA", 1024)).selfSigned();
    Issued rsaRoot = OddCert.authority("CN=rsa root").keys(Keys.sized("RSA", 2048)).selfSigned();
    Issued oldMiddle = OddCert.authority("CN=old middle").signature("SHA1withECDSA").signedBy(ROOT);
    Issued dsaMiddle =
        OddCert.authority("CN=dsa middle").keys(Keys.sized("DSA", 2048)).signedBy(ROOT);
    Issued smallMiddle =
        OddCert.authority("CN=small middle").keys(Keys.ec("secp192r1")).signedBy(ROOT);
    return Stream.of(
        row("T11 RSA key of 1024 bits")
            .trusting(ROOT)
            .shown(OddCert.server(HOST).keys(Keys.sized("RSA", 1024)).signedBy(ROOT))
            .refused("the remote's certificate CN=leaf has a weak key: RSA of 1024 bits", NEW_KEY),
        row("T11 root with an RSA key of 1024 bits")
            .trusting(shortRoot, ROOT)
            .shown(OddCert.server(HOST).signedBy(shortRoot))
            .refused(
                "the trusted certificate CN=short root has a weak key: RSA of 1024 bits", NEW_KEY),
        row("T11 RSA key of 2048 bits")
            .trusting(ROOT)
            .shown(OddCert.server(HOST).keys(Keys.sized("RSA", 2048)).signedBy(ROOT))
            .accepted(),
        row("T12 SHA-1 signature, ECDSA")
            .trusting(ROOT)
            .shown(OddCert.server(HOST).signature("SHA1withECDSA").signedBy(ROOT))
            .refused(
                "the remote's certificate CN=leaf has a weak signature: SHA1withECDSA",
                NEW_SIGNATURE),
        row("T12 SHA-1 signature, RSA")
            .trusting(rsaRoot)
            .shown(OddCert.server(HOST).signature("SHA1withRSA").signedBy(rsaRoot))
            .refused(
                "the remote's certificate CN=leaf has a weak signature: SHA1withRSA",
                NEW_SIGNATURE),
        row("T12 SHA-1 signature, RSASSA-PSS")
            .trusting(rsaRoot)
            .shown(OddCert.server(HOST).signature("SHA1withRSAandMGF1").signedBy(rsaRoot))
            .refused(
                "the remote's certificate CN=leaf has a weak signature: RSASSA-PSS", NEW_SIGNATURE),
        row("T12 SHA-1 signature of an intermediate")
            .trusting(ROOT)
            .shown(OddCert.server(HOST).signedBy(oldMiddle))
            .refused(
                "the remote's certificate CN=old middle has a weak signature: SHA1withECDSA",
                NEW_SIGNATURE),
        row("T12 RSASSA-PSS with SHA-256")
            .trusting(rsaRoot)
            .shown(OddCert.server(HOST).signature("SHA256withRSAandMGF1").signedBy(rsaRoot))
            .accepted(),
        row("T13 MD5 signature")
            .trusting(rsaRoot)
            .shown(OddCert.server(HOST).signature("MD5withRSA").signedBy(rsaRoot))
            .refused(
                "the remote's certificate CN=leaf has a weak signature: MD5withRSA", NEW_SIGNATURE),
        row("T14 DSA key of an intermediate")
            .trusting(ROOT)
            .shown(OddCert.server(HOST).signedBy(dsaMiddle))
            .refused(
                "the remote's certificate CN=leaf has a weak signature: SHA256withDSA",
                NEW_SIGNATURE),
        row("T14 P-192 key of an intermediate")
            .trusting(ROOT)
            .shown(OddCert.server(HOST).signedBy(smallMiddle))
            .refused(
                "the remote's certificate CN=small middle has a weak key: EC of 192 bits",
                NEW_KEY));
  }

  private static Stream<CertificateCase> purposes() {
    Issued clientsMiddle =
        OddCert.authority("CN=clients").purpose(KeyPurposeId.id_kp_clientAuth).signedBy(ROOT);
    Issued everybodysMiddle =
        OddCert.authority("CN=any").purpose(KeyPurposeId.anyExtendedKeyUsage).signedBy(ROOT);
    String notForServers =
        "the remote's certificate CN=leaf is not for servers: its extended key usage lacks"
            + " serverAuth";
    return Stream.of(
        row("T15 extended key usage clientAuth only")
            .trusting(ROOT)
            .shown(
                OddCert.of("CN=leaf")
                    .dns(HOST)
                    .purpose(KeyPurposeId.id_kp_clientAuth)
                    .signedBy(ROOT))
            .refused(notForServers, SERVER_AUTH),
        row("T15 extended key usage any only")
            .trusting(ROOT)
            .shown(
                OddCert.of("CN=leaf")
                    .dns(HOST)
                    .purpose(KeyPurposeId.anyExtendedKeyUsage)
                    .signedBy(ROOT))
            .refused(notForServers, SERVER_AUTH),
        row("T15 intermediate for clients only")
            .trusting(ROOT)
            .shown(OddCert.server(HOST).signedBy(clientsMiddle))
            .refused(
                "the remote's certificate CN=clients may not issue for servers: its extended key"
                    + " usage lacks serverAuth",
                SERVER_CA),
        row("T15 intermediate for any purpose")
            .trusting(ROOT)
            .shown(OddCert.server(HOST).signedBy(everybodysMiddle))
            .accepted(),
        row("T16 no extended key usage")
            .trusting(ROOT)
            .shown(OddCert.of("CN=leaf").dns(HOST).signedBy(ROOT))
            .accepted());
  }

  private static Stream<CertificateCase> authorities() {
    BasicConstraints noAuthority = new BasicConstraints(false);
    Issued neighbour = OddCert.server("neighbour.test").constraints(noAuthority).signedBy(ROOT);
    Issued unsaid = OddCert.server("neighbour.test").signedBy(ROOT);
    Issued noCertifier =
        OddCert.of("CN=middle")
            .constraints(new BasicConstraints(true))
            .extension(Extension.keyUsage.getId(), true, new KeyUsage(KeyUsage.digitalSignature))
            .signedBy(ROOT);
    Issued selfSigned = OddCert.server(HOST).constraints(new BasicConstraints(true)).selfSigned();
    Issued pinned = OddCert.server("neighbour.test").selfSigned();
    Issued shallow = OddCert.authority("CN=shallow", 0).signedBy(ROOT);
    Issued tooDeep = OddCert.authority("CN=deep").signedBy(shallow);
    Issued shallowRoot = OddCert.authority("CN=shallow root", 0).selfSigned();
    Issued belowShallowRoot = OddCert.authority("CN=deep").signedBy(shallowRoot);
    String server =
        "find out who issued certificates with a server's key; the CA has to issue them itself";
    String tooLong = " has more issuers above it than one of them allows (path length constraint)";
    return Stream.of(
        row("T17 certificate of a CA")
            .trusting(ROOT)
            .shown(OddCert.server(HOST).constraints(new BasicConstraints(true)).signedBy(ROOT))
            .refused(
                "the remote's certificate CN=leaf is that of a CA (expected: a server's)",
                "let the remote show a server certificate that the CA issued, or trust this very"
                    + " certificate with trust(...)"),
        row("T17 certificate of a CA that is trusted itself")
            .trusting(selfSigned)
            .shown(selfSigned)
            .accepted(),
        row("T18 intermediate that is no CA")
            .trusting(ROOT)
            .shown(OddCert.server(HOST).signedBy(neighbour))
            .refused(
                "the remote's certificate CN=leaf issued another one, but is not that of a CA",
                server),
        row("T18 intermediate that does not say that it is a CA")
            .trusting(ROOT)
            .shown(OddCert.server(HOST).signedBy(unsaid))
            .refused(
                "the remote's certificate CN=leaf issued another one, but is not that of a CA",
                server),
        row("T18 trusted certificate that is no CA")
            .trusting(pinned, ROOT)
            .shown(OddCert.server(HOST).signedBy(pinned))
            .refused(
                "the trusted certificate CN=leaf issued another one, but is not that of a CA",
                server),
        row("T18 intermediate without keyCertSign")
            .trusting(ROOT)
            .shown(OddCert.server(HOST).signedBy(noCertifier))
            .refused(
                "the certificate CN=middle issued another one, but its key usage lacks keyCertSign",
                "let the CA issue it anew with the key usage keyCertSign"),
        row("T19 path length of an intermediate exceeded")
            .trusting(ROOT)
            .shown(OddCert.server(HOST).signedBy(tooDeep))
            .refused("the certificate CN=deep" + tooLong, SHORTER_PATH),
        row("T19 path length of the root exceeded")
            .trusting(shallowRoot)
            .shown(OddCert.server(HOST).signedBy(belowShallowRoot))
            .refused("the certificate CN=deep" + tooLong, SHORTER_PATH),
        row("T19 path length used up")
            .trusting(ROOT)
            .shown(OddCert.server(HOST).signedBy(shallow))
            .accepted());
  }

  private static Stream<CertificateCase> constraints() {
    Issued elsewhere = constrained("CN=elsewhere", permitted("other.test")).signedBy(ROOT);
    Issued everywhereElse = constrained("CN=not here", excluded("test")).signedBy(ROOT);
    Issued here = constrained("CN=here", permitted("test")).signedBy(ROOT);
    Issued rootElsewhere = constrained("CN=elsewhere", permitted("other.test")).selfSigned();
    Issued rootNotHere = constrained("CN=not here", excluded("test")).selfSigned();
    Issued rootHere = constrained("CN=here", permitted("test")).selfSigned();
    String refusal =
        "the certificate CN=leaf is for names that one of its issuers may not certify (name"
            + " constraints)";
    return Stream.of(
        row("T20 intermediate for other names only")
            .trusting(ROOT)
            .shown(OddCert.server(HOST).signedBy(elsewhere))
            .refused(refusal, OTHER_CA),
        row("T20 intermediate for all but these names")
            .trusting(ROOT)
            .shown(OddCert.server(HOST).signedBy(everywhereElse))
            .refused(refusal, OTHER_CA),
        row("T20 intermediate for these names")
            .trusting(ROOT)
            .shown(OddCert.server(HOST).signedBy(here))
            .accepted(),
        row("T21 root for other names only")
            .trusting(rootElsewhere, ROOT)
            .shown(OddCert.server(HOST).signedBy(rootElsewhere))
            .refused(refusal, OTHER_CA),
        row("T21 root for all but these names")
            .trusting(rootNotHere, ROOT)
            .shown(OddCert.server(HOST).signedBy(rootNotHere))
            .refused(refusal, OTHER_CA),
        row("T21 root for these names")
            .trusting(rootHere)
            .shown(OddCert.server(HOST).signedBy(rootHere))
            .accepted(),
        row("T21 trusted intermediate with constraints, without its root")
            .trusting(here, ROOT)
            .shown(OddCert.server(HOST).signedBy(here))
            .refused(
                "the trusted certificate CN=here has name constraints, which are judged only below"
                    + " a root",
                "give the root that issued it with trust(...) instead"));
  }

  private static Stream<CertificateCase> odd() {
    Issued oddMiddle =
        OddCert.authority("CN=odd").extension(UNKNOWN_OID, true, DERNull.INSTANCE).signedBy(ROOT);
    Issued oddRoot =
        OddCert.authority("CN=odd").extension(UNKNOWN_OID, true, DERNull.INSTANCE).selfSigned();
    Issued oldMiddle = OddCert.of("CN=old").version1().signedBy(ROOT);
    Issued oldRoot = OddCert.of("CN=old").version1().selfSigned();
    String unknown = " has a critical extension that is not known here: " + UNKNOWN_OID;
    String without = "the remote needs a certificate without it";
    String ofVersion1 = " CN=old is of X.509 version 1, so it cannot be a CA's (expected: 3)";
    OddCert known = OddCert.server(HOST);
    for (int i = 0; i < 400; i++) {
      known.dns("n" + i + ".corp.example");
    }
    OddCert tooMany = OddCert.server(HOST);
    for (int i = 0; i < 10_000; i++) {
      tooMany.dns("n" + i + ".corp.example");
    }
    return Stream.of(
        row("T28 unknown critical extension")
            .trusting(ROOT)
            .shown(
                OddCert.server(HOST).extension(UNKNOWN_OID, true, DERNull.INSTANCE).signedBy(ROOT))
            .refused("the certificate CN=leaf" + unknown, without),
        row("T28 unknown critical extension of an intermediate")
            .trusting(ROOT)
            .shown(OddCert.server(HOST).signedBy(oddMiddle))
            .refused("the certificate CN=odd" + unknown, without),
        row("T28 unknown critical extension of the root")
            .trusting(oddRoot, ROOT)
            .shown(OddCert.server(HOST).signedBy(oddRoot))
            .refused("the certificate CN=odd" + unknown, without),
        row("T28 unknown extension that is not critical")
            .trusting(ROOT)
            .shown(
                OddCert.server(HOST).extension(UNKNOWN_OID, false, DERNull.INSTANCE).signedBy(ROOT))
            .accepted(),
        row("T29 X.509 version 1")
            .trusting(ROOT)
            .shown(OddCert.of("CN=" + HOST).version1().signedBy(ROOT))
            .refused(
                "the remote's certificate CN=backend.test is of X.509 version 1 (expected: 3)",
                "let its CA issue it anew as version 3, with a subject alternative name"),
        row("T29 intermediate of X.509 version 1")
            .trusting(ROOT)
            .shown(OddCert.server(HOST).signedBy(oldMiddle))
            .refused(
                "the remote's certificate" + ofVersion1, "let the CA issue it anew as version 3"),
        row("T29 root of X.509 version 1")
            .trusting(oldRoot, ROOT)
            .shown(OddCert.server(HOST).signedBy(oldRoot))
            .refused(
                "the trusted certificate" + ofVersion1, "let the CA issue it anew as version 3"),
        row("T32 400 names").trusting(ROOT).shown(known.signedBy(ROOT)).accepted(),
        row("T32 10,000 names")
            .trusting(ROOT)
            .shown(tooMany.signedBy(ROOT))
            .refused(
                "the remote sent a handshake message that is too large, most likely its"
                    + " certificates",
                "let the remote send fewer certificates, or such with fewer names"),
        row("T33 chain of 10 certificates").trusting(ROOT).shown(longChain(10)).accepted(),
        row("T33 chain of 11 certificates")
            .only(Provider.BORINGSSL)
            .trusting(ROOT)
            .shown(longChain(11))
            .refused(
                "the first 10 certificates that the remote sent lead to no trusted CA",
                SHORTER_CHAIN),
        row("T33 chain of 11 certificates")
            .only(Provider.JDK)
            .trusting(ROOT)
            .shown(longChain(11))
            .refused("the remote sent more than 10 certificates", SHORTER_CHAIN));
  }

  private static Issued longChain(int certificates) {
    Issued issuer = ROOT;
    for (int i = 1; i < certificates; i++) {
      issuer = OddCert.authority("CN=middle " + i).signedBy(issuer);
    }
    return OddCert.server(HOST).signedBy(issuer);
  }

  private static OddCert constrained(String subject, ASN1Encodable constraints) {
    return OddCert.authority(subject)
        .extension(Extension.nameConstraints.getId(), true, constraints);
  }

  private static NameConstraints permitted(String domain) {
    return new NameConstraints(subtree(domain), null);
  }

  private static NameConstraints excluded(String domain) {
    return new NameConstraints(null, subtree(domain));
  }

  private static GeneralSubtree[] subtree(String domain) {
    return new GeneralSubtree[] {new GeneralSubtree(new GeneralName(GeneralName.dNSName, domain))};
  }
}
