package io.tlstunnel.tests.tls;

import static io.tlstunnel.tests.tls.CertificateCase.HOST;
import static io.tlstunnel.tests.tls.CertificateCase.row;

import java.util.stream.Stream;
import org.bouncycastle.asn1.DERNull;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.provider.Arguments;

/** Certificates that are strange, old, or too many. */
@Tag("tls")
class OddCertificateTest extends CertificateRows {
  private static final String UNKNOWN_OID = "1.3.6.1.4.1.99999.1";
  private static final String SHORTER_CHAIN =
      "let the remote send its own certificate and the intermediates, and nothing else";

  static Stream<Arguments> cases() {
    return CertificateCase.byBothProviders(odd());
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
                "the remote sent a handshake message that is too large: its certificates, or the"
                    + " names of the CAs whose client certificates it takes",
                "let the remote send fewer of them; the JDK's TLS takes more than 32768 bytes with"
                    + " -Djdk.tls.maxHandshakeMessageSize=131072"),
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
}
