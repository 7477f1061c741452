package io.tlstunnel.tests.tls;

import static io.tlstunnel.tests.tls.CertificateCase.HOST;
import static io.tlstunnel.tests.tls.CertificateCase.row;

import java.util.stream.Stream;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralSubtree;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.asn1.x509.NameConstraints;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.provider.Arguments;

/** Who may issue, and who may serve. */
@Tag("tls")
class CertificateAuthorityTest extends CertificateRows {
  private static final String SERVER_CA =
      "the remote needs a certificate of a CA that issues for servers";
  private static final String SERVER_AUTH =
      "the remote needs a certificate with the extended key usage serverAuth";
  private static final String SHORTER_PATH =
      "let the CA that limits the path issue the remote's certificate itself";
  private static final String OTHER_CA =
      "the remote needs a certificate of a CA that may issue for its name";

  static Stream<Arguments> cases() {
    return CertificateCase.byBothProviders(
        Stream.of(purposes(), authorities(), constraints()).flatMap(cases -> cases));
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
        row("T21 trusted intermediate for these names, without its root")
            .trusting(here)
            .shown(OddCert.server(HOST).signedBy(here))
            .accepted());
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
