package io.tlstunnel.internal.upstream;

import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Who may issue, and who may serve (RFC 5280, 4.2.1.9 and 4.2.1.12). The JDK lets an authority's
 * certificate serve, a trusted certificate issue whatever it is, and an intermediate for clients
 * issue servers.
 */
final class IssuerRules {
  private static final String SERVER_AUTH = "1.3.6.1.5.5.7.3.1";
  private static final String ANY_PURPOSE = "2.5.29.37.0";

  private IssuerRules() {}

  static @Nullable Diagnosis wrong(TrustPath path) {
    X509Certificate leaf = path.leaf();
    if (!path.pinned()) {
      if (leaf.getVersion() < 3) {
        return new Diagnosis(
            the(leaf, path) + " is of X.509 version " + leaf.getVersion() + " (expected: 3)",
            "let its CA issue it anew as version 3, with a subject alternative name");
      }
      if (leaf.getBasicConstraints() >= 0) {
        return new Diagnosis(
            the(leaf, path) + " is that of a CA (expected: a server's)",
            "let the remote show a server certificate that the CA issued, or trust this very"
                + " certificate with trust(...)");
      }
    }
    if (!permits(leaf, SERVER_AUTH)) {
      return new Diagnosis(
          the(leaf, path) + " is not for servers: its extended key usage lacks serverAuth",
          "the remote needs a certificate with the extended key usage serverAuth");
    }
    for (X509Certificate issuer : path.issuers()) {
      Diagnosis wrong = wrongIssuer(issuer, path);
      if (wrong != null) {
        return wrong;
      }
    }
    return null;
  }

  private static @Nullable Diagnosis wrongIssuer(X509Certificate issuer, TrustPath path) {
    if (issuer.getVersion() < 3) {
      return new Diagnosis(
          the(issuer, path)
              + " is of X.509 version "
              + issuer.getVersion()
              + ", so it cannot be a CA's (expected: 3)",
          "let the CA issue it anew as version 3");
    }
    if (issuer.getBasicConstraints() < 0) {
      return new Diagnosis(
          the(issuer, path) + " issued another one, but is not that of a CA",
          "find out who issued certificates with a server's key; the CA has to issue them itself");
    }
    if (!permits(issuer, SERVER_AUTH) && !permits(issuer, ANY_PURPOSE)) {
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

  /** A certificate that names no purpose is for all. */
  private static boolean permits(X509Certificate certificate, String purpose) {
    try {
      List<String> purposes = certificate.getExtendedKeyUsage();
      return purposes == null || purposes.contains(purpose);
    } catch (CertificateParsingException e) {
      return false;
    }
  }
}
