package io.tlstunnel.internal.upstream;

import io.tlstunnel.tls.ClientCert;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What a remote may find wrong with our client certificate, as far as it can be seen from here. */
final class OwnCertificate {
  private static final String CLIENT_AUTH = "1.3.6.1.5.5.7.3.2";
  private static final String ANY_PURPOSE = "2.5.29.37.0";

  /**
   * What servers say of a certificate whose issuer they do not know or did not get: OpenSSL and Go,
   * older ones of Go's, and Java's.
   */
  private static final Set<String> UNKNOWN_ISSUER =
      Set.of("unknown_ca", "bad_certificate", "certificate_unknown");

  private OwnCertificate() {}

  /** The first fault, and what helps; null if none is seen. */
  static @Nullable Diagnosis wrong(ClientCert cert, Instant now) {
    for (X509Certificate each : cert.chain()) {
      if (now.isAfter(each.getNotAfter().toInstant())) {
        return new Diagnosis(
            CertificateNames.subject(each)
                + " expired on "
                + each.getNotAfter().toInstant()
                + Validity.here(now),
            "renew it, and give the new one with clientCert(...)");
      }
      if (now.isBefore(each.getNotBefore().toInstant())) {
        return new Diagnosis(
            CertificateNames.subject(each)
                + " is not valid before "
                + each.getNotBefore().toInstant()
                + Validity.here(now),
            "check the clocks, here and where it was issued");
      }
    }
    X509Certificate leaf = cert.chain().get(0);
    return isForClients(leaf)
        ? null
        : new Diagnosis(
            CertificateNames.subject(leaf)
                + " is not for clients: its extended key usage lacks clientAuth",
            "give one with the extended key usage clientAuth with clientCert(...)");
  }

  /** The remote refuses it by an alert. */
  static @Nullable Diagnosis refused(ClientCert cert, TlsAlert alert) {
    String refused = "the remote refused our client certificate: " + alert.name();
    Diagnosis wrong = wrong(cert, Instant.now());
    if (wrong != null) {
      return new Diagnosis(refused + ", most likely since " + wrong.cause(), wrong.remedy());
    }
    X509Certificate last = cert.chain().get(cert.chain().size() - 1);
    boolean ends = last.getSubjectX500Principal().equals(last.getIssuerX500Principal());
    return UNKNOWN_ISSUER.contains(alert.name()) && !ends
        ? new Diagnosis(
            refused,
            "check that the remote trusts "
                + CertificateNames.printable(last.getIssuerX500Principal().getName())
                + (cert.chain().size() == 1
                    ? ", which has issued it"
                    : ", which has issued the last certificate of its chain")
                + "; if that is an intermediate CA, add its certificate to"
                + " clientCert(...), which ends before it")
        : null;
  }

  private static boolean isForClients(X509Certificate leaf) {
    try {
      List<String> purposes = leaf.getExtendedKeyUsage();
      return purposes == null || purposes.contains(CLIENT_AUTH) || purposes.contains(ANY_PURPOSE);
    } catch (CertificateParsingException unreadable) {
      return true;
    }
  }
}
