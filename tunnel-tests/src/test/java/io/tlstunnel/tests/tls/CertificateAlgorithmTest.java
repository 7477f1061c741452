package io.tlstunnel.tests.tls;

import static io.tlstunnel.tests.tls.CertificateCase.HOST;
import static io.tlstunnel.tests.tls.CertificateCase.row;

import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.provider.Arguments;

/** Keys and signatures that prove nothing any more. */
@Tag("tls")
class CertificateAlgorithmTest extends CertificateRows {
  private static final String NEW_KEY =
      "renew it with RSA of 2048 bits or more, EC P-256, P-384 or P-521, or Ed25519";
  private static final String NEW_SIGNATURE =
      "let its CA issue it anew, signed with SHA-256 or better";

  static Stream<Arguments> cases() {
    return CertificateCase.byBothProviders(algorithms());
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
}
