package io.tlstunnel.tests.tls;

import static io.tlstunnel.tests.tls.CertificateCase.HOST;
import static io.tlstunnel.tests.tls.CertificateCase.row;

import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.provider.Arguments;

/** Ensures that a remote which is not the one that was asked for gets no byte of a request. */
@Tag("tls")
class ServerNameTest extends CertificateRows {
  private static final String NO_URI =
      "the tunnel verifies DNS names and addresses, and no SPIFFE identity or other URI: the remote"
          + " needs a certificate that names backend.test, too";
  private static final String CHECK_SNI =
      "set sni(...) to a name of the certificate, if this is the right remote";
  private static final String CHECK_STAR =
      CHECK_SNI
          + "; a star stands for one whole label in front of at least two, as in *.corp.example";

  static Stream<Arguments> cases() {
    return CertificateCase.byBothProviders(
        Stream.of(names(), addresses(), wildcards(), spellings(), identities())
            .flatMap(cases -> cases));
  }

  private static Stream<CertificateCase> names() {
    return Stream.of(
        row("T3 wrong host")
            .trusting(ROOT)
            .shown(OddCert.server("other.test").signedBy(ROOT))
            .refused(
                "the remote's certificate is not for backend.test, but for other.test", CHECK_SNI),
        row("T22 no alternative name, only a CN")
            .trusting(ROOT)
            .shown(OddCert.of("CN=" + HOST).signedBy(ROOT))
            .refused(
                "the remote's certificate is not for backend.test, but for CN=backend.test (it has"
                    + " no subject alternative name)",
                "the remote needs a certificate with a subject alternative name"),
        row("T22 an address, and a CN that would fit")
            .trusting(ROOT)
            .shown(OddCert.of("CN=" + HOST).ip("127.0.0.1").signedBy(ROOT))
            .refused(
                "the remote's certificate is not for backend.test, but for 127.0.0.1", CHECK_SNI));
  }

  private static Stream<CertificateCase> addresses() {
    Issued forTheAddress = OddCert.server().ip("127.0.0.1").signedBy(ROOT);
    return Stream.of(
        row("T23 address as a DNS name only")
            .trusting(ROOT)
            .askingForTheAddress()
            .shown(OddCert.server("127.0.0.1").signedBy(ROOT))
            .mendedBy(forTheAddress)
            .refused(
                "the remote's certificate is not for 127.0.0.1, but for 127.0.0.1 (as a DNS name)",
                CHECK_SNI),
        row("T23 address that a wildcard would fit")
            .trusting(ROOT)
            .askingForTheAddress()
            .shown(OddCert.server("*.0.0.1").signedBy(ROOT))
            .mendedBy(forTheAddress)
            .refused("the remote's certificate is not for 127.0.0.1, but for *.0.0.1", CHECK_STAR),
        row("T24 IPv4 address")
            .trusting(ROOT)
            .askingForTheAddress()
            .shown(forTheAddress)
            .accepted(),
        row("T24 wrong IPv4 address")
            .trusting(ROOT)
            .askingForTheAddress()
            .shown(OddCert.server().ip("127.0.0.2").ip("::7f00:1").signedBy(ROOT))
            .mendedBy(forTheAddress)
            .refused(
                "the remote's certificate is not for 127.0.0.1, but for 127.0.0.2,"
                    + " 0:0:0:0:0:0:7f00:1",
                CHECK_SNI));
  }

  private static Stream<CertificateCase> wildcards() {
    return Stream.of(
        wildcard("one label", "*.a.test", "x.a.test").accepted(),
        wildcard("in capitals", "*.A.TEST", "x.a.test").accepted(),
        refusedWildcard("apex", "*.a.test", "a.test"),
        refusedWildcard("two labels", "*.a.test", "x.y.a.test"),
        refusedWildcard("part of a label", "b*.a.test", "backend.a.test"),
        refusedWildcard("end of a label", "*d.a.test", "backend.a.test"),
        refusedWildcard("nothing but a star", "*", "localhost"),
        refusedWildcard("in front of one label", "*.test", "a.test"),
        refusedWildcard("in the middle", "x.*.test", "x.a.test"),
        refusedWildcard("two stars", "*.*.test", "x.a.test"),
        refusedWildcard("below a dot", "*..test", "x.test"));
  }

  private static CertificateCase refusedWildcard(String what, String pattern, String asked) {
    return wildcard(what, pattern, asked)
        .refused(
            "the remote's certificate is not for " + asked + ", but for " + pattern, CHECK_STAR);
  }

  private static CertificateCase wildcard(String what, String pattern, String asked) {
    return row("T25 wildcard: " + what)
        .trusting(ROOT)
        .asking(asked)
        .shown(OddCert.server(pattern).signedBy(ROOT))
        .mendedBy(OddCert.server(asked).signedBy(ROOT));
  }

  private static Stream<CertificateCase> spellings() {
    return Stream.of(
        row("T26 international name, asked for in its own letters")
            .trusting(ROOT)
            .asking("b\u00fccher.test")
            .shown(OddCert.server("xn--bcher-kva.test").signedBy(ROOT))
            .accepted(),
        row("T26 capitals")
            .trusting(ROOT)
            .asking("Backend.TEST")
            .shown(OddCert.server("bAckend.tesT").signedBy(ROOT))
            .accepted(),
        row("T26 final dot, in the name that was asked for")
            .trusting(ROOT)
            .asking("backend.test.")
            .shown(OddCert.server(HOST).signedBy(ROOT))
            .accepted(),
        row("T26 final dot, in the certificate")
            .trusting(ROOT)
            .shown(OddCert.server("backend.test.").signedBy(ROOT))
            .refused(
                "the remote's certificate is not for backend.test, but for backend.test.",
                CHECK_SNI),
        row("T27 NUL in a name")
            .trusting(ROOT)
            .shown(OddCert.server("backend.test\0.evil.test").signedBy(ROOT))
            .refused(
                "the remote's certificate is not for backend.test, but for"
                    + " backend.test\\u0000.evil.test",
                CHECK_SNI),
        row("T27 line break in a name")
            .trusting(ROOT)
            .shown(OddCert.server("evil.test\nWARN all is well").signedBy(ROOT))
            .refused(
                "the remote's certificate is not for backend.test, but for"
                    + " evil.test\\u000aWARN all is well",
                CHECK_SNI));
  }

  private static Stream<CertificateCase> identities() {
    return Stream.of(
        row("T31 SPIFFE identity only")
            .trusting(ROOT)
            .shown(OddCert.server().uri("spiffe://corp/backend.test").signedBy(ROOT))
            .refused(
                "the remote's certificate is not for backend.test, but for"
                    + " spiffe://corp/backend.test",
                NO_URI),
        row("T31 SPIFFE identity that begins like the name")
            .trusting(ROOT)
            .shown(OddCert.server().uri("spiffe://backend.test").signedBy(ROOT))
            .refused(
                "the remote's certificate is not for backend.test, but for spiffe://backend.test",
                NO_URI),
        row("T31 two SPIFFE identities")
            .trusting(ROOT)
            .shown(OddCert.server().uri("spiffe://a/b").uri("spiffe://c/d").signedBy(ROOT))
            .refused(
                "the remote's certificate is not for backend.test, but for spiffe://a/b,"
                    + " spiffe://c/d",
                NO_URI),
        row("T31 SPIFFE identity beside the name")
            .trusting(ROOT)
            .shown(OddCert.server(HOST).uri("spiffe://corp/store").signedBy(ROOT))
            .accepted());
  }
}
