package io.tlstunnel.internal.upstream;

import java.security.cert.X509Certificate;
import org.jspecify.annotations.Nullable;

/**
 * Who may issue, and who may serve (RFC 5280, 4.2.1.3, 4.2.1.9 and 4.2.1.12). The JDK lets an
 * authority's certificate serve, a trusted certificate issue whatever it is, and an intermediate
 * for clients issue servers.
 */
final class IssuerRules {
  /** The key exchange in which the server decrypts rather than signs; the JDK calls it so. */
  static final String RSA_KEY_EXCHANGE = "RSA";

  private IssuerRules() {}

  static @Nullable Diagnosis wrong(TrustPath path, String keyExchange)
      throws RefusedServerException {
    X509Certificate leaf = path.leaf();
    CertificateExtensions extensions = CertificateExtensions.of(leaf);
    if (!path.pinned()) {
      if (leaf.getVersion() < 3) {
        return new Diagnosis(
            the(leaf, path) + " is of X.509 version " + leaf.getVersion() + " (expected: 3)",
            "let its CA issue it anew as version 3, with a subject alternative name");
      }
      if (extensions.isAuthority()) {
        return new Diagnosis(
            the(leaf, path) + " is that of a CA (expected: a server's)",
            "let the remote show a server certificate that the CA issued, or trust this very"
                + " certificate with trust(...)");
      }
    }
    if (!extensions.permitsPurpose(CertificateExtensions.SERVER_AUTH)) {
      return new Diagnosis(
          the(leaf, path) + " is not for servers: its extended key usage lacks serverAuth",
          "the remote needs a certificate with the extended key usage serverAuth");
    }
    Diagnosis unfit = unfitKey(the(leaf, path), extensions, keyExchange);
    if (unfit != null) {
      return unfit;
    }
    for (X509Certificate issuer : path.issuers()) {
      Diagnosis wrong = wrongIssuer(issuer, path);
      if (wrong != null) {
        return wrong;
      }
    }
    return null;
  }

  /** In TLS 1.3, and in every suite of TLS 1.2 that HTTP/2 allows, the server signs. */
  private static @Nullable Diagnosis unfitKey(
      String leaf, CertificateExtensions extensions, String keyExchange)
      throws RefusedServerException {
    boolean decrypts = keyExchange.equals(RSA_KEY_EXCHANGE);
    if (extensions.permitsUse(
        decrypts
            ? CertificateExtensions.KEY_ENCIPHERMENT
            : CertificateExtensions.DIGITAL_SIGNATURE)) {
      return null;
    }
    return decrypts
        ? new Diagnosis(
            leaf + " is not for the RSA key exchange: its key usage lacks keyEncipherment",
            "let tlsCiphers(...) name suites with ECDHE, which need none")
        : new Diagnosis(
            leaf + " is not for servers: its key usage lacks digitalSignature",
            "the remote needs a certificate with the key usage digitalSignature");
  }

  private static @Nullable Diagnosis wrongIssuer(X509Certificate issuer, TrustPath path)
      throws RefusedServerException {
    CertificateExtensions extensions = CertificateExtensions.of(issuer);
    if (issuer.getVersion() < 3) {
      return new Diagnosis(
          the(issuer, path)
              + " is of X.509 version "
              + issuer.getVersion()
              + ", so it cannot be a CA's (expected: 3)",
          "let the CA issue it anew as version 3");
    }
    if (!extensions.isAuthority()) {
      return new Diagnosis(
          the(issuer, path) + " issued another one, but is not that of a CA",
          "find out who issued certificates with a server's key; the CA has to issue them itself");
    }
    if (!extensions.permitsPurpose(CertificateExtensions.SERVER_AUTH)
        && !extensions.permitsPurpose(CertificateExtensions.ANY_PURPOSE)) {
      return new Diagnosis(
          the(issuer, path) + " may not issue for servers: its extended key usage lacks serverAuth",
          "the remote needs a certificate of a CA that issues for servers");
    }
    return null;
  }

  private static String the(X509Certificate certificate, TrustPath path) {
    return (certificate.equals(path.anchor()) && !path.pinned()
            ? "the trusted certificate "
            : "the remote's certificate ")
        + CertificateNames.subject(certificate);
  }
}
