package io.tlstunnel.internal.probe;

import io.tlstunnel.diagnosis.PresentedCertificate;
import io.tlstunnel.internal.upstream.CertificateNames;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;

/** Reads of certificates what a person looks for. */
final class Certificates {
  private Certificates() {}

  static List<PresentedCertificate> of(List<X509Certificate> chain) {
    return chain.stream().map(Certificates::of).toList();
  }

  private static PresentedCertificate of(X509Certificate certificate) {
    Instant end = certificate.getNotAfter().toInstant();
    return new PresentedCertificate(
        certificate.getSubjectX500Principal().getName(),
        CertificateNames.of(certificate),
        certificate.getIssuerX500Principal().getName(),
        certificate.getNotBefore().toInstant(),
        end,
        Math.floorDiv(Instant.now().until(end, ChronoUnit.SECONDS), 86_400));
  }
}
