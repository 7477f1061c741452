package io.tlstunnel.internal.upstream;

import java.security.GeneralSecurityException;
import java.security.cert.X509CRL;
import java.security.cert.X509CRLEntry;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Looks certificates up in revocation lists (RFC 5280, 6.3) that were given: nothing is fetched. If
 * there is any list, there must be a current one of every CA on the way.
 */
final class Revocation {
  private static final int CRL_SIGN = 6;

  private Revocation() {}

  static @Nullable Diagnosis wrong(TrustPath path, List<X509CRL> lists, Instant now) {
    if (lists.isEmpty() || path.pinned()) {
      return null;
    }
    List<X509Certificate> issuers = path.issuers();
    for (int i = 0; i < path.sent().size(); i++) {
      Diagnosis wrong = wrong(path.sent().get(i), issuers.get(i), lists, now);
      if (wrong != null) {
        return wrong;
      }
    }
    return null;
  }

  private static @Nullable Diagnosis wrong(
      X509Certificate certificate, X509Certificate issuer, List<X509CRL> lists, Instant now) {
    X509CRL latest = null;
    for (X509CRL list : lists) {
      if (isOf(list, issuer) && (latest == null || issued(latest).isBefore(issued(list)))) {
        latest = list;
      }
    }
    if (latest == null) {
      return new Diagnosis(
          "no revocation list of " + CertificateNames.subject(issuer) + " was given",
          "give one of each CA between the remote and the trusted root with withRevocationLists(...)");
    }
    X509CRLEntry revoked = latest.getRevokedCertificate(certificate);
    if (revoked != null) {
      return new Diagnosis(
          "the remote's certificate "
              + CertificateNames.subject(certificate)
              + " was revoked on "
              + revoked.getRevocationDate().toInstant()
              + (revoked.getRevocationReason() == null ? "" : ": " + revoked.getRevocationReason()),
          "the remote must get a new one");
    }
    if (latest.getNextUpdate() == null || latest.getNextUpdate().toInstant().isBefore(now)) {
      return new Diagnosis(
          "the revocation list of "
              + CertificateNames.subject(issuer)
              + " is out of date"
              + (latest.getNextUpdate() == null
                  ? ""
                  : " since " + latest.getNextUpdate().toInstant() + Validity.here(now)),
          "fetch it anew and give it with withRevocationLists(...)" + Validity.UNLESS_CLOCK);
    }
    return null;
  }

  private static Instant issued(X509CRL list) {
    return list.getThisUpdate().toInstant();
  }

  private static boolean isOf(X509CRL list, X509Certificate issuer) {
    boolean[] usage = issuer.getKeyUsage();
    if (!list.getIssuerX500Principal().equals(issuer.getSubjectX500Principal())
        || (usage != null && !usage[CRL_SIGN])) {
      return false;
    }
    try {
      // Costs nothing the second time: the JDK remembers the key.
      list.verify(issuer.getPublicKey());
      return true;
    } catch (GeneralSecurityException e) {
      return false;
    }
  }
}
