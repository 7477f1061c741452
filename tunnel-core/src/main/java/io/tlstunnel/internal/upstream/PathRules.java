package io.tlstunnel.internal.upstream;

import java.security.GeneralSecurityException;
import java.security.cert.CertPathValidator;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertPathValidatorException.BasicReason;
import java.security.cert.CertPathValidatorException.Reason;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXParameters;
import java.security.cert.PKIXReason;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The JDK's own path validation (RFC 5280, 6.1), with the trusted certificate as part of the path:
 * as a mere anchor the JDK would not look at its path length and its name constraints.
 */
final class PathRules {
  private static final String NAME_CONSTRAINTS = "2.5.29.30";

  /** Key usage, alternative names, basic and name constraints, policies, extended key usage. */
  private static final Set<String> KNOWN_EXTENSIONS =
      Set.of(
          "2.5.29.15",
          "2.5.29.17",
          "2.5.29.18",
          "2.5.29.19",
          NAME_CONSTRAINTS,
          "2.5.29.32",
          "2.5.29.33",
          "2.5.29.36",
          "2.5.29.37",
          "2.5.29.54");

  private PathRules() {}

  static @Nullable Diagnosis wrong(TrustPath path) {
    if (path.pinned()) {
      return unknownExtension(path.leaf());
    }
    X509Certificate top = path.anchor();
    List<X509Certificate> certificates = new ArrayList<>(path.sent());
    TrustAnchor anchor;
    if (top.getSubjectX500Principal().equals(top.getIssuerX500Principal())) {
      certificates.add(top);
      anchor = new TrustAnchor(top.getSubjectX500Principal(), top.getPublicKey(), null);
    } else if (top.getExtensionValue(NAME_CONSTRAINTS) == null) {
      anchor = new TrustAnchor(top, null);
    } else {
      return new Diagnosis(
          "the trusted certificate "
              + CertificateNames.subject(top)
              + " has name constraints, which are judged only below a root",
          "give the root that issued it with trust(...) instead");
    }
    try {
      PKIXParameters parameters = new PKIXParameters(Set.of(anchor));
      parameters.setRevocationEnabled(false);
      CertPathValidator.getInstance("PKIX")
          .validate(
              CertificateFactory.getInstance("X.509").generateCertPath(certificates), parameters);
      return null;
    } catch (CertPathValidatorException e) {
      int index = Math.max(e.getIndex(), 0);
      return words(certificates.get(index), e);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("PKIX and X.509 are part of every JDK", e);
    }
  }

  private static Diagnosis words(X509Certificate certificate, CertPathValidatorException e) {
    Diagnosis unknown = unknownExtension(certificate);
    Reason reason = e.getReason();
    if (reason == PKIXReason.UNRECOGNIZED_CRIT_EXT && unknown != null) {
      return unknown;
    }
    String whose = "the certificate " + CertificateNames.subject(certificate);
    if (reason == PKIXReason.PATH_TOO_LONG) {
      return new Diagnosis(
          whose + " has more issuers above it than one of them allows (path length constraint)",
          "let the CA that limits the path issue the remote's certificate itself");
    }
    if (reason == PKIXReason.INVALID_NAME) {
      return new Diagnosis(
          whose + " is for names that one of its issuers may not certify (name constraints)",
          "the remote needs a certificate of a CA that may issue for its name");
    }
    if (reason == PKIXReason.INVALID_KEY_USAGE) {
      return new Diagnosis(
          whose + " issued another one, but its key usage lacks keyCertSign",
          "let the CA issue it anew with the key usage keyCertSign");
    }
    if (reason == BasicReason.ALGORITHM_CONSTRAINED) {
      return new Diagnosis(
          whose + " uses an algorithm that the JDK forbids: " + e.getMessage(),
          "see jdk.certpath.disabledAlgorithms in the JDK's java.security");
    }
    return new Diagnosis(
        whose + " was refused: " + e.getMessage(),
        "the remote must get a certificate that the JDK accepts");
  }

  /** Whoever does not know a critical extension must not accept the certificate. */
  private static @Nullable Diagnosis unknownExtension(X509Certificate certificate) {
    Set<String> critical = certificate.getCriticalExtensionOIDs();
    if (critical == null) {
      return null;
    }
    Set<String> unknown = new TreeSet<>(critical);
    unknown.removeAll(KNOWN_EXTENSIONS);
    return unknown.isEmpty()
        ? null
        : new Diagnosis(
            "the certificate "
                + CertificateNames.subject(certificate)
                + " has a critical extension that is not known here: "
                + String.join(", ", unknown),
            "the remote needs a certificate without it");
  }
}
