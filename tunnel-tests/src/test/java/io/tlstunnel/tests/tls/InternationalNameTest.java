package io.tlstunnel.tests.tls;

import static io.tlstunnel.tests.tls.CertificateCase.row;

import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.provider.Arguments;

/** Ensures that a name in its xn-- form is nobody else's, neither here nor for the JDK. */
@Tag("trials")
class InternationalNameTest extends CertificateRows {
  private static final String CHECK_SNI =
      "set sni(...) to a name of the certificate, if this is the right remote";

  static Stream<Arguments> cases() {
    Issued sharp = OddCert.server("xn--fa-hia.de").signedBy(ROOT);
    Issued plain = OddCert.server("fass.de").signedBy(ROOT);
    return CertificateCase.byBothProviders(
        Stream.of(
            row("7 sharp s, asked for in its xn-- form")
                .trusting(ROOT)
                .asking("xn--fa-hia.de")
                .shown(sharp)
                .accepted(),
            row("7 sharp s, and the remote is the one with ss")
                .trusting(ROOT)
                .asking("xn--fa-hia.de")
                .shown(plain)
                .mendedBy(sharp)
                .refused(
                    "the remote's certificate is not for xn--fa-hia.de, but for fass.de",
                    CHECK_SNI),
            row("7 ss, and the remote is the one with a sharp s")
                .trusting(ROOT)
                .asking("fass.de")
                .shown(sharp)
                .mendedBy(plain)
                .refused(
                    "the remote's certificate is not for fass.de, but for xn--fa-hia.de",
                    CHECK_SNI)));
  }
}
