package io.tlstunnel.internal.upstream;

import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What the certificates of a path say of each other (RFC 5280, 6.1): critical extensions, key
 * usage, path length, policies. The trusted certificate is held to what it says, too, be it a root
 * or not; only its signature is not looked at, since that proves nothing (6.1.1 d).
 */
final class PathRules {
  private PathRules() {}

  static @Nullable Diagnosis wrong(TrustPath path) throws RefusedServerException {
    List<X509Certificate> downward = downward(path);
    for (X509Certificate certificate : downward) {
      Diagnosis wrong = unknownExtension(certificate);
      if (wrong != null) {
        return wrong;
      }
    }
    if (path.pinned()) {
      return null;
    }
    Diagnosis wrong = tooLong(downward);
    if (wrong == null && !PolicyRules.hold(downward)) {
      wrong =
          new Diagnosis(
              "the remote's certificate "
                  + CertificateNames.subject(path.leaf())
                  + " was not issued under a policy that one of its issuers demands (policy"
                  + " constraints)",
              "let the CA issue it under a policy that all of its issuers have");
    }
    return wrong;
  }

  static boolean isSelfIssued(X509Certificate certificate) {
    return certificate.getSubjectX500Principal().equals(certificate.getIssuerX500Principal());
  }

  /** The path as RFC 5280 walks it: the trusted certificate first, the remote's last. */
  static List<X509Certificate> downward(TrustPath path) {
    List<X509Certificate> downward = new ArrayList<>(path.issuers());
    Collections.reverse(downward);
    downward.add(path.leaf());
    return downward;
  }

  private static @Nullable Diagnosis tooLong(List<X509Certificate> downward)
      throws RefusedServerException {
    int left = Integer.MAX_VALUE;
    for (int i = 0; i < downward.size() - 1; i++) {
      X509Certificate issuer = downward.get(i);
      CertificateExtensions extensions = CertificateExtensions.of(issuer);
      String whose = "the certificate " + CertificateNames.subject(issuer);
      if (!extensions.permitsUse(CertificateExtensions.KEY_CERT_SIGN)) {
        return new Diagnosis(
            whose + " issued another one, but its key usage lacks keyCertSign",
            "let the CA issue it anew with the key usage keyCertSign");
      }
      // The top is not below anybody, and a CA's renewal of itself is no further CA.
      if (i > 0 && !isSelfIssued(issuer)) {
        if (left == 0) {
          return new Diagnosis(
              whose + " has more issuers above it than one of them allows (path length constraint)",
              "let the CA that limits the path issue the remote's certificate itself");
        }
        left--;
      }
      left = Math.min(left, extensions.pathLength());
    }
    return null;
  }

  private static @Nullable Diagnosis unknownExtension(X509Certificate certificate)
      throws RefusedServerException {
    Set<String> unknown = CertificateExtensions.of(certificate).unknownCritical();
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
