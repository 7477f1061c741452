package io.tlstunnel.internal.probe;

import io.tlstunnel.diagnosis.PresentedCertificate;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/** Reads of certificates what a person looks for. */
final class Certificates {
  // GeneralName's tags (RFC 5280, 4.2.1.6).
  private static final int EMAIL = 1;
  private static final int DNS_NAME = 2;
  private static final int URI = 6;
  private static final int IP_ADDRESS = 7;

  private Certificates() {}

  static List<PresentedCertificate> of(List<X509Certificate> chain) {
    return chain.stream().map(Certificates::of).toList();
  }

  private static PresentedCertificate of(X509Certificate certificate) {
    Instant end = certificate.getNotAfter().toInstant();
    return new PresentedCertificate(
        certificate.getSubjectX500Principal().getName(),
        names(certificate),
        certificate.getIssuerX500Principal().getName(),
        certificate.getNotBefore().toInstant(),
        end,
        Math.floorDiv(Instant.now().until(end, ChronoUnit.SECONDS), 86_400));
  }

  private static List<String> names(X509Certificate certificate) {
    List<String> names = new ArrayList<>();
    for (List<?> name : alternativeNames(certificate)) {
      String value = String.valueOf(name.get(1));
      switch ((Integer) name.get(0)) {
        case DNS_NAME, IP_ADDRESS -> names.add(value);
        case URI -> names.add("uri:" + value);
        case EMAIL -> names.add("email:" + value);
        default -> {
          // Of the other kinds the JDK gives no more than their DER.
        }
      }
    }
    return names;
  }

  private static Collection<List<?>> alternativeNames(X509Certificate certificate) {
    try {
      Collection<List<?>> names = certificate.getSubjectAlternativeNames();
      return names == null ? List.of() : names;
    } catch (CertificateParsingException unreadable) {
      return List.of();
    }
  }
}
