package io.tlstunnel.internal.upstream;

import io.tlstunnel.internal.der.Der;
import io.tlstunnel.internal.der.DerException;
import java.math.BigInteger;
import java.nio.ByteBuffer;
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
  private static final String CRL_NUMBER = "2.5.29.20";

  private Revocation() {}

  static @Nullable Diagnosis wrong(TrustPath path, List<X509CRL> lists, Instant now)
      throws RefusedServerException {
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
      X509Certificate certificate, X509Certificate issuer, List<X509CRL> lists, Instant now)
      throws RefusedServerException {
    X509CRL latest = null;
    Diagnosis disbelieved = null;
    for (X509CRL list : lists) {
      if (isOf(list, issuer)) {
        Diagnosis wrong = unbelievable(list, issuer, now);
        if (wrong != null) {
          disbelieved = wrong;
        } else if (latest == null || isLater(list, latest)) {
          latest = list;
        }
      }
    }
    if (latest == null) {
      return disbelieved != null
          ? disbelieved
          : new Diagnosis(
              "no revocation list of " + CertificateNames.subject(issuer) + " was given",
              "give one of each CA between the remote and the trusted root with"
                  + " withRevocationLists(...)");
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

  /** A list that could be forged, or that tells of a time that has not come. */
  private static @Nullable Diagnosis unbelievable(
      X509CRL list, X509Certificate issuer, Instant now) {
    String whose = "the revocation list of " + CertificateNames.subject(issuer);
    if (!WeakAlgorithms.isSoundSignature(list.getSigAlgOID(), list.getSigAlgParams())) {
      return new Diagnosis(
          whose + " has a weak signature: " + list.getSigAlgName(),
          "let the CA sign it with SHA-256 or better, and give it with withRevocationLists(...)");
    }
    Instant issued = issued(list);
    return issued.isAfter(now)
        ? new Diagnosis(
            whose + " is not valid before " + issued + Validity.here(now),
            "check the clock of this machine, and the CA's")
        : null;
  }

  /** The CA counts its lists (RFC 5280, 5.2.3); where one has no number, the time decides. */
  private static boolean isLater(X509CRL list, X509CRL other) {
    BigInteger number = number(list);
    BigInteger otherNumber = number(other);
    int numbers = number == null || otherNumber == null ? 0 : number.compareTo(otherNumber);
    return numbers != 0 ? numbers > 0 : issued(list).isAfter(issued(other));
  }

  private static Instant issued(X509CRL list) {
    return list.getThisUpdate().toInstant();
  }

  private static @Nullable BigInteger number(X509CRL list) {
    byte[] value = list.getExtensionValue(CRL_NUMBER);
    try {
      return value == null
          ? null
          : new BigInteger(
              Der.bytes(Der.last(Der.last(ByteBuffer.wrap(value), Der.OCTET_STRING), Der.INTEGER)));
    } catch (DerException | NumberFormatException unreadable) {
      return null;
    }
  }

  private static boolean isOf(X509CRL list, X509Certificate issuer) throws RefusedServerException {
    if (!list.getIssuerX500Principal().equals(issuer.getSubjectX500Principal())
        || !CertificateExtensions.of(issuer).permitsUse(CertificateExtensions.CRL_SIGN)) {
      return false;
    }
    try {
      // Costs nothing the second time: the JDK remembers the key.
      list.verify(issuer.getPublicKey());
      return true;
    } catch (GeneralSecurityException | RuntimeException e) {
      return false;
    }
  }
}
