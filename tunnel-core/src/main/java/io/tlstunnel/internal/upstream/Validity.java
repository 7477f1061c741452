package io.tlstunnel.internal.upstream;

import java.security.cert.X509Certificate;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The time in which certificates are valid, the trusted one included: for the JDK that one never
 * expires.
 */
final class Validity {
  private Validity() {}

  static boolean isValid(X509Certificate certificate, Instant now) {
    return !now.isBefore(certificate.getNotBefore().toInstant())
        && !now.isAfter(certificate.getNotAfter().toInstant());
  }

  static @Nullable Diagnosis wrong(TrustPath path, Instant now) {
    for (X509Certificate certificate : path.sent()) {
      if (!isValid(certificate, now)) {
        return certificate.getNotAfter().toInstant().isBefore(now)
            ? new Diagnosis(
                "the remote's certificate " + expired(certificate), "the remote must renew it")
            : new Diagnosis(
                "the remote's certificate " + notYetValid(certificate),
                "check the clocks on both sides");
      }
    }
    X509Certificate anchor = path.anchor();
    if (isValid(anchor, now)) {
      return null;
    }
    return anchor.getNotAfter().toInstant().isBefore(now)
        ? new Diagnosis(
            "the trusted certificate " + expired(anchor), "give its successor with trust(...)")
        : new Diagnosis(
            "the trusted certificate " + notYetValid(anchor), "check the clock of this machine");
  }

  private static String expired(X509Certificate certificate) {
    return CertificateNames.subject(certificate)
        + " expired on "
        + certificate.getNotAfter().toInstant();
  }

  private static String notYetValid(X509Certificate certificate) {
    return CertificateNames.subject(certificate)
        + " is not valid before "
        + certificate.getNotBefore().toInstant();
  }
}
