package io.tlstunnel.internal.upstream;

import java.security.cert.CertPathBuilderException;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertPathValidatorException.BasicReason;
import java.security.cert.CertificateException;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/** Puts into words why the JDK does not accept a remote's certificate chain. */
final class CertificateDiagnosis {
  /** A certificate may carry thousands of names; a message need not. */
  private static final int MAX_NAMES = 5;

  private static final int DNS_NAME = 2;
  private static final int IP_ADDRESS = 7;

  private CertificateDiagnosis() {}

  static Diagnosis of(X509Certificate[] chain, ServerName expected, CertificateException refusal) {
    Instant now = Instant.now();
    for (X509Certificate certificate : chain) {
      // Looked at first, because a path builder that meets such a certificate only says that it
      // found no path.
      if (certificate.getNotAfter().toInstant().isBefore(now)) {
        return new Diagnosis(
            "the remote's certificate "
                + subject(certificate)
                + " expired on "
                + certificate.getNotAfter().toInstant(),
            "the remote must renew it");
      }
      if (certificate.getNotBefore().toInstant().isAfter(now)) {
        return new Diagnosis(
            "the remote's certificate "
                + subject(certificate)
                + " is not valid before "
                + certificate.getNotBefore().toInstant(),
            "check the clocks on both sides");
      }
    }
    X509Certificate leaf = chain[0];
    Throwable root = rootCause(refusal);
    if (root instanceof CertPathBuilderException || hasInvalidSignature(refusal)) {
      return unknownIssuer(chain);
    }
    if (root == refusal && String.valueOf(refusal.getMessage()).startsWith("No ")) {
      // "No subject alternative DNS name matching … found", "No name matching … found".
      return new Diagnosis(
          "the remote's certificate is not for " + expected.expected() + ", but for " + names(leaf),
          "set sni(...) to a name of the certificate, if this is the right remote");
    }
    return new Diagnosis(
        "the remote's certificate " + subject(leaf) + " was refused: " + root.getMessage(),
        "the remote must get a certificate that the JDK accepts");
  }

  private static Diagnosis unknownIssuer(X509Certificate[] chain) {
    X509Certificate last = chain[chain.length - 1];
    if (chain.length == 1 && last.getSubjectX500Principal().equals(last.getIssuerX500Principal())) {
      return new Diagnosis(
          "the remote's certificate " + subject(last) + " is self-signed and not trusted",
          "give it with trust(...), if this is the right remote");
    }
    return new Diagnosis(
        "the remote's certificate "
            + subject(chain[0])
            + " was issued by "
            + last.getIssuerX500Principal().getName()
            + ", which is not trusted",
        "give that CA's certificate with trust(...), or let the remote send its intermediate"
            + " certificates");
  }

  /** An issuer of the trusted one's name, and with another key. */
  private static boolean hasInvalidSignature(Throwable refusal) {
    for (Throwable cause = refusal; cause != null; cause = cause.getCause()) {
      if (cause instanceof CertPathValidatorException invalid
          && invalid.getReason() == BasicReason.INVALID_SIGNATURE) {
        return true;
      }
    }
    return false;
  }

  private static Throwable rootCause(Throwable thrown) {
    Throwable root = thrown;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    return root;
  }

  private static String subject(X509Certificate certificate) {
    return certificate.getSubjectX500Principal().getName();
  }

  /** The names that the certificate is for, or its subject if it has none. */
  private static String names(X509Certificate certificate) {
    List<String> names = new ArrayList<>();
    for (List<?> name : alternativeNames(certificate)) {
      int type = (Integer) name.get(0);
      if (type == DNS_NAME || type == IP_ADDRESS) {
        names.add(name.get(1).toString());
      }
    }
    if (names.isEmpty()) {
      return subject(certificate) + " (it has no subject alternative name)";
    }
    int more = names.size() - MAX_NAMES;
    return more > 0
        ? String.join(", ", names.subList(0, MAX_NAMES)) + " and " + more + " more"
        : String.join(", ", names);
  }

  private static Collection<List<?>> alternativeNames(X509Certificate certificate) {
    try {
      Collection<List<?>> names = certificate.getSubjectAlternativeNames();
      return names == null ? List.of() : names;
    } catch (CertificateParsingException e) {
      return List.of();
    }
  }
}
