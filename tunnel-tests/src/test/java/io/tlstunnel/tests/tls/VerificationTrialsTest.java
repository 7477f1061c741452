package io.tlstunnel.tests.tls;

import static io.tlstunnel.tests.tls.CertificateCase.HOST;
import static io.tlstunnel.tests.tls.CertificateCase.row;

import java.math.BigInteger;
import java.security.KeyPair;
import java.util.stream.Stream;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1EncodableVector;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.DERIA5String;
import org.bouncycastle.asn1.DERNull;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.DERSequence;
import org.bouncycastle.asn1.DERTaggedObject;
import org.bouncycastle.asn1.DERUTF8String;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.CertificatePolicies;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralSubtree;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.asn1.x509.NameConstraints;
import org.bouncycastle.asn1.x509.PolicyConstraints;
import org.bouncycastle.asn1.x509.PolicyInformation;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.provider.Arguments;

/**
 * What trials with other people's certificates found: names that nobody certified, and certificates
 * that are in order and were refused.
 */
@Tag("trials")
class VerificationTrialsTest extends CertificateRows {
  private static final String CHECK_SNI =
      "set sni(...) to a name of the certificate, if this is the right remote";
  private static final String NO_URIS =
      "the tunnel verifies DNS names and addresses, and no SPIFFE identity or other URI: the remote"
          + " needs a certificate that names backend.test, too";
  private static final String OTHER_CA =
      "the remote needs a certificate of a CA that may issue for its name";
  private static final String NOT_FOR_IT = "the remote's certificate is not for ";
  private static final String UNKNOWN_OID = "1.3.6.1.4.1.99999.1";
  private static final String POLICY = "1.3.6.1.4.1.99999.2";
  private static final String USER_PRINCIPAL_NAME = "1.3.6.1.4.1.311.20.2.3";

  static Stream<Arguments> cases() {
    return CertificateCase.byBothProviders(
        Stream.of(
                oddNames(),
                commonNames(),
                wildcards(),
                secondIntermediates(),
                secondRoots(),
                trustedIntermediates(),
                trustedRoots(),
                otherNames(),
                keyUsages())
            .flatMap(cases -> cases));
  }

  private static Stream<CertificateCase> oddNames() {
    return Stream.of(
        beside("a URI with a blank", 6, new DERIA5String("http://a b/")),
        beside("a URI that is no URI", 6, new DERIA5String("::::")),
        beside("a mail address that is none", 1, new DERIA5String("@@")),
        beside("an address of 5 octets", 7, new DEROctetString(new byte[5])),
        beside("an empty DNS name", 2, new DERIA5String("")),
        beside("a DNS name with a NUL", 2, new DERIA5String("a\0b.test")),
        row("12 nothing but a URI with a blank")
            .trusting(ROOT)
            .shown(OddCert.server().uri("http://a b/").signedBy(ROOT))
            .refused(NOT_FOR_IT + "backend.test, but for http://a b/", NO_URIS),
        row("12 an empty list of names")
            .trusting(ROOT)
            .shown(
                OddCert.server()
                    .extension(Extension.subjectAlternativeName.getId(), false, new DERSequence())
                    .signedBy(ROOT))
            .refused(
                NOT_FOR_IT
                    + "backend.test, but for CN=leaf (its subject alternative name is empty)",
                "the remote needs a certificate with a subject alternative name"));
  }

  private static CertificateCase beside(String odd, int type, ASN1Encodable value) {
    return row("12 the right name beside " + odd)
        .trusting(ROOT)
        .shown(OddCert.server().name(type, value).dns(HOST).signedBy(ROOT))
        .accepted();
  }

  /** First by a CA with constraints, then with the same certificates by the same CA without. */
  private static Stream<CertificateCase> commonNames() {
    String nobody = " (it has no subject alternative name)";
    return Stream.of(
            named("no name but the CN", onlyCommonName(), "CN=backend.test" + nobody),
            named("the CN, and a URI", onlyCommonName().uri("spiffe://corp/x"), "spiffe://corp/x"),
            named("the CN, and an address", onlyCommonName().ip("127.0.0.9"), "127.0.0.9"),
            named(
                "the CN, and a mail address",
                onlyCommonName().name(GeneralName.rfc822Name, new DERIA5String("ops@corp.test")),
                "ops@corp.test"))
        .flatMap(cases -> cases);
  }

  private static OddCert onlyCommonName() {
    return OddCert.of("CN=" + HOST).purpose(KeyPurposeId.id_kp_serverAuth);
  }

  private static Stream<CertificateCase> named(String what, OddCert leaf, String told) {
    KeyPair keys = Keys.p256();
    Issued constrained = constrained("CN=corp", permitted("test")).keys(keys).selfSigned();
    Issued free = OddCert.authority("CN=corp").keys(keys).selfSigned();
    Issued shown = leaf.signedBy(constrained);
    String remedy = told.contains("://") ? NO_URIS : CHECK_SNI;
    if (told.endsWith("alternative name)")) {
      remedy = "the remote needs a certificate with a subject alternative name";
    }
    String cause = NOT_FOR_IT + "backend.test, but for " + told;
    return Stream.of(
        row("24 " + what + ", with name constraints")
            .trusting(constrained)
            .shown(shown)
            .refused(cause, remedy),
        row("24 " + what + ", and later without name constraints")
            .trusting(free)
            .shown(shown)
            .refused(cause, remedy));
  }

  private static Stream<CertificateCase> wildcards() {
    Issued middle = constrained("CN=not bar", excluded("bar.corp.test")).signedBy(ROOT);
    Issued notBar = constrained("CN=not bar", excluded("bar.corp.test")).selfSigned();
    Issued star = OddCert.server("*.corp.test").signedBy(middle);
    Issued onlyFoo = constrained("CN=only foo", permitted("foo.corp.test")).signedBy(ROOT);
    String notCertified =
        "the CA CN=not bar may not certify bar.corp.test (name constraints), whatever the"
            + " remote's certificate says";
    return Stream.of(
        row("25 wildcard and an excluded name")
            .trusting(ROOT)
            .asking("bar.corp.test")
            .shown(star)
            .mendedBy(OddCert.server("bar.corp.test").signedBy(ROOT))
            .refused(notCertified, OTHER_CA),
        row("25 wildcard and an excluded name in capitals")
            .trusting(ROOT)
            .asking("BAR.corp.test")
            .shown(star)
            .mendedBy(OddCert.server("bar.corp.test").signedBy(ROOT))
            .refused(notCertified.replace("bar.corp", "BAR.corp"), OTHER_CA),
        row("25 wildcard and an excluded name, by a trusted CA itself")
            .trusting(notBar, ROOT)
            .asking("bar.corp.test")
            .shown(OddCert.server("*.corp.test").signedBy(notBar))
            .mendedBy(OddCert.server("bar.corp.test").signedBy(ROOT))
            .refused(notCertified, OTHER_CA),
        row("25 wildcard and a name that is not excluded")
            .trusting(ROOT)
            .asking("foo.corp.test")
            .shown(star)
            .accepted(),
        row("25 wildcard that reaches further than the CA")
            .trusting(ROOT)
            .asking("foo.corp.test")
            .shown(OddCert.server("*.corp.test").signedBy(onlyFoo))
            .mendedBy(OddCert.server("foo.corp.test").signedBy(ROOT))
            .refused(
                "the certificate CN=leaf is for names that one of its issuers may not certify (name"
                    + " constraints)",
                OTHER_CA));
  }

  /** Of two of one name and key the first is no good, the second is. */
  private static Stream<CertificateCase> secondIntermediates() {
    KeyPair keys = Keys.p256();
    Issued good = OddCert.authority("CN=middle").keys(keys).signedBy(ROOT);
    Issued leaf = OddCert.server(HOST).signedBy(good);
    OddCert client =
        OddCert.authority("CN=middle").keys(keys).purpose(KeyPurposeId.id_kp_clientAuth);
    OddCert elsewhere = constrained("CN=middle", permitted("other.test")).keys(keys);
    OddCert expired = OddCert.authority("CN=middle").keys(keys).expired();
    Issued stranger = OddCert.authority("CN=stranger").selfSigned();
    return Stream.of(
            Stream.of(
                    bad("expired", expired),
                    bad("not yet valid", OddCert.authority("CN=middle").keys(keys).notYetValid()),
                    bad("of other name constraints", elsewhere),
                    bad("for clients", client),
                    bad(
                        "signed with SHA-1",
                        OddCert.authority("CN=middle").keys(keys).signature("SHA1withECDSA")),
                    bad(
                        "no CA",
                        OddCert.of("CN=middle")
                            .keys(keys)
                            .constraints(new BasicConstraints(false))),
                    bad(
                        "without keyCertSign",
                        OddCert.of("CN=middle")
                            .keys(keys)
                            .constraints(new BasicConstraints(true))
                            .extension(
                                Extension.keyUsage.getId(), true, new KeyUsage(KeyUsage.cRLSign))),
                    bad(
                        "of an unknown critical extension",
                        OddCert.authority("CN=middle")
                            .keys(keys)
                            .extension(UNKNOWN_OID, true, DERNull.INSTANCE)))
                .map(
                    second ->
                        row("26 the first intermediate is " + second.what())
                            .trusting(ROOT)
                            .shown(leaf.sentWith(second.cert().signedBy(ROOT), good))
                            .accepted()),
            Stream.of(
                row("26 the first intermediate is of an unknown CA")
                    .trusting(ROOT)
                    .shown(
                        leaf.sentWith(
                            OddCert.authority("CN=middle").keys(keys).signedBy(stranger),
                            stranger,
                            good))
                    .accepted(),
                row("26 both are no good: what is wrong with the one that got further")
                    .trusting(ROOT)
                    .shown(leaf.sentWith(expired.signedBy(ROOT), elsewhere.signedBy(ROOT)))
                    .refused(
                        "the certificate CN=leaf is for names that one of its issuers may not"
                            + " certify (name constraints)",
                        OTHER_CA)))
        .flatMap(cases -> cases);
  }

  private record Bad(String what, OddCert cert) {}

  private static Bad bad(String what, OddCert cert) {
    return new Bad(what, cert);
  }

  private static Stream<CertificateCase> secondRoots() {
    KeyPair keys = Keys.p256();
    Issued good = OddCert.authority("CN=top").keys(keys).selfSigned();
    Issued leaf = OddCert.server(HOST).signedBy(good);
    return Stream.of(
            bad("constrained", constrained("CN=top", excluded("test")).keys(keys)),
            bad("not yet valid", OddCert.authority("CN=top").keys(keys).notYetValid()),
            bad("of version 1", OddCert.of("CN=top").keys(keys).version1()),
            bad(
                "for clients",
                OddCert.authority("CN=top").keys(keys).purpose(KeyPurposeId.id_kp_clientAuth)))
        .map(
            first ->
                row("26 the first root is " + first.what())
                    .trusting(first.cert().selfSigned(), good)
                    .shown(leaf)
                    .accepted());
  }

  private static Stream<CertificateCase> trustedIntermediates() {
    Issued shallow = OddCert.authority("CN=shallow", 0).signedBy(ROOT);
    Issued odd =
        OddCert.authority("CN=odd").extension(UNKNOWN_OID, true, DERNull.INSTANCE).signedBy(ROOT);
    Issued elsewhere = constrained("CN=elsewhere", permitted("other.test")).signedBy(ROOT);
    Issued here = constrained("CN=here", permitted("test")).signedBy(ROOT);
    Issued strict = strict("CN=strict").signedBy(ROOT);
    Issued other = OddCert.authority("CN=other").selfSigned();
    return Stream.of(
        row("27 path length of a trusted intermediate")
            .trusting(shallow, other)
            .shown(OddCert.server(HOST).signedBy(OddCert.authority("CN=deep").signedBy(shallow)))
            .refused(
                "the certificate CN=deep has more issuers above it than one of them allows (path"
                    + " length constraint)",
                "let the CA that limits the path issue the remote's certificate itself"),
        row("27 path length of a trusted intermediate, kept")
            .trusting(shallow)
            .shown(OddCert.server(HOST).signedBy(shallow))
            .accepted(),
        row("27 unknown critical extension of a trusted intermediate")
            .trusting(odd, other)
            .shown(OddCert.server(HOST).signedBy(odd))
            .refused(
                "the certificate CN=odd has a critical extension that is not known here: "
                    + UNKNOWN_OID,
                "the remote needs a certificate without it"),
        row("27 name constraints of a trusted intermediate")
            .trusting(elsewhere, other)
            .shown(OddCert.server(HOST).signedBy(elsewhere))
            .refused(
                "the certificate CN=leaf is for names that one of its issuers may not certify (name"
                    + " constraints)",
                OTHER_CA),
        row("27 name constraints of a trusted intermediate, kept")
            .trusting(here)
            .shown(OddCert.server(HOST).signedBy(here))
            .accepted(),
        row("27 policy that a trusted intermediate demands")
            .trusting(strict, other)
            .shown(OddCert.server(HOST).signedBy(strict))
            .refused(
                "the remote's certificate CN=leaf was not issued under a policy that one of its"
                    + " issuers demands (policy constraints)",
                "let the CA issue it under a policy that all of its issuers have"),
        row("27 policy that a trusted intermediate demands, kept")
            .trusting(strict)
            .shown(policy(OddCert.server(HOST)).signedBy(strict))
            .accepted());
  }

  private static OddCert strict(String subject) {
    return policy(OddCert.authority(subject))
        .extension(
            Extension.policyConstraints.getId(),
            true,
            new PolicyConstraints(BigInteger.ZERO, null));
  }

  private static OddCert policy(OddCert cert) {
    return cert.extension(
        Extension.certificatePolicies.getId(),
        false,
        new CertificatePolicies(new PolicyInformation(new ASN1ObjectIdentifier(POLICY))));
  }

  private static Stream<CertificateCase> trustedRoots() {
    KeyPair rsa = Keys.sized("RSA", 2048);
    Issued md5 = OddCert.authority("CN=old").keys(rsa).signature("MD5withRSA").selfSigned();
    Issued sha1 = OddCert.authority("CN=old").keys(rsa).signature("SHA1withRSA").selfSigned();
    Issued before = OddCert.authority("CN=rolled").selfSigned();
    Issued after = OddCert.authority("CN=rolled").keys(Keys.p256()).signedBy(before);
    return Stream.of(
        row("27 trusted root that signed itself with MD5")
            .trusting(md5)
            .shown(OddCert.server(HOST).signedBy(md5).sentWith())
            .accepted(),
        row("27 trusted root that signed itself with SHA-1")
            .trusting(sha1)
            .shown(OddCert.server(HOST).signedBy(sha1).sentWith())
            .accepted(),
        row("27 trusted root whose new key was signed with its old one")
            .trusting(after)
            .shown(OddCert.server(HOST).signedBy(after).sentWith())
            .accepted());
  }

  private static Stream<CertificateCase> otherNames() {
    Issued middle =
        constrained("CN=middle", permitted(new GeneralName(0, userName("@corp.test"))))
            .signedBy(ROOT);
    return Stream.of(
        row("27 other name under its constraint")
            .trusting(ROOT)
            .shown(OddCert.server(HOST).name(0, userName("a@corp.test")).signedBy(middle))
            .refused(
                "the certificate CN=leaf has a name of the kind otherName, which CN=middle"
                    + " constrains and which cannot be judged here",
                "the remote needs a certificate without such a name, or of another CA"),
        row("27 no other name under its constraint")
            .trusting(ROOT)
            .shown(OddCert.server(HOST).signedBy(middle))
            .accepted(),
        row("27 other name without a constraint")
            .trusting(ROOT)
            .shown(OddCert.server(HOST).name(0, userName("a@corp.test")).signedBy(ROOT))
            .accepted());
  }

  private static ASN1Encodable userName(String name) {
    ASN1EncodableVector parts = new ASN1EncodableVector();
    parts.add(new ASN1ObjectIdentifier(USER_PRINCIPAL_NAME));
    parts.add(new DERTaggedObject(true, 0, new DERUTF8String(name)));
    return new DERSequence(parts);
  }

  private static Stream<CertificateCase> keyUsages() {
    String lacks = " is not for servers: its key usage lacks digitalSignature";
    String remedy = "the remote needs a certificate with the key usage digitalSignature";
    Issued decrypts = usable(KeyUsage.keyEncipherment).keys(Keys.sized("RSA", 2048)).signedBy(ROOT);
    return Stream.of(
        row("27 key usage keyEncipherment only")
            .only(Provider.JDK)
            .trusting(ROOT)
            .shown(decrypts)
            .refused("the remote's certificate CN=leaf" + lacks, remedy),
        // BoringSSL breaks off before anybody is asked about the certificate.
        row("27 key usage keyEncipherment only")
            .only(Provider.BORINGSSL)
            .trusting(ROOT)
            .shown(decrypts)
            .refused("the remote's certificate" + lacks, remedy));
  }

  private static OddCert usable(int bits) {
    return OddCert.of("CN=leaf")
        .dns(HOST)
        .extension(Extension.keyUsage.getId(), true, new KeyUsage(bits));
  }

  private static OddCert constrained(String subject, ASN1Encodable constraints) {
    return OddCert.authority(subject)
        .extension(Extension.nameConstraints.getId(), true, constraints);
  }

  private static NameConstraints permitted(String domain) {
    return permitted(new GeneralName(GeneralName.dNSName, domain));
  }

  private static NameConstraints permitted(GeneralName base) {
    return new NameConstraints(new GeneralSubtree[] {new GeneralSubtree(base)}, null);
  }

  private static NameConstraints excluded(String domain) {
    return new NameConstraints(
        null,
        new GeneralSubtree[] {new GeneralSubtree(new GeneralName(GeneralName.dNSName, domain))});
  }
}
