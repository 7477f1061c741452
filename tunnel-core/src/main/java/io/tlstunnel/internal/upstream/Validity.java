package io.tlstunnel.internal.upstream;

import java.security.cert.X509Certificate;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.jspecify.annotations.Nullable;

/**
 * The time in which certificates are valid, the trusted one included: for the JDK that one never
 * expires.
 */
final class Validity {
  static final String UNLESS_CLOCK = ", unless the clock here is wrong";

  private Validity() {}

  static boolean isValid(X509Certificate certificate, Instant now) {
    return !now.isBefore(certificate.getNotBefore().toInstant())
        && !now.isAfter(certificate.getNotAfter().toInstant());
  }

  static @Nullable Diagnosis wrong(TrustPath path, Instant now) {
    for (X509Certificate certificate : path.sent()) {
      if (!isValid(certificate, now)) {
        return isExpired(certificate, now)
            ? new Diagnosis(
                "the remote's certificate " + expired(certificate, now),
                "the remote must renew it" + UNLESS_CLOCK)
            : new Diagnosis(
                "the remote's certificate " + notYetValid(certificate, now),
                "check the clocks on both sides");
      }
    }
    X509Certificate anchor = path.anchor();
    if (isValid(anchor, now)) {
      return null;
    }
    return isExpired(anchor, now)
        ? new Diagnosis(
            "the trusted certificate " + expired(anchor, now),
            "give its successor with trust(...)" + UNLESS_CLOCK)
        : new Diagnosis(
            "the trusted certificate " + notYetValid(anchor, now),
            "check the clock of this machine");
  }

  /**
   * What every sentence about a date ends with: whoever reads it elsewhere has another clock, and
   * must see that this one is wrong.
   */
  static String here(Instant now) {
    return ", and the clock here says " + now.truncatedTo(ChronoUnit.SECONDS);
  }

  private static boolean isExpired(X509Certificate certificate, Instant now) {
    return certificate.getNotAfter().toInstant().isBefore(now);
  }

  private static String expired(X509Certificate certificate, Instant now) {
    return CertificateNames.subject(certificate)
        + " expired on "
        + certificate.getNotAfter().toInstant()
        + here(now);
  }

  private static String notYetValid(X509Certificate certificate, Instant now) {
    return CertificateNames.subject(certificate)
        + " is not valid before "
        + certificate.getNotBefore().toInstant()
        + here(now);
  }
}
