package io.tlstunnel.tls;

import java.io.ByteArrayInputStream;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Reads the certificates of a PEM file, in the file's order. */
final class PemCertificates {
  // The second is what openssl wrote long ago, and means the same.
  private static final Set<String> LABELS = Set.of("CERTIFICATE", "X509 CERTIFICATE");

  private PemCertificates() {}

  /**
   * Reads every certificate of the file; other blocks, such as the key of a combined file, are
   * passed over.
   *
   * @throws IllegalArgumentException if the file cannot be read, holds no certificate or a damaged
   *     one
   */
  static List<X509Certificate> read(Path path, String expected) {
    PemFile file = PemFile.read(path, expected);
    List<X509Certificate> certificates = new ArrayList<>();
    for (PemFile.Block block : file.blocks()) {
      if (LABELS.contains(block.label())) {
        certificates.add(parse(file, block));
      }
    }
    if (certificates.isEmpty()) {
      String wrong = "holds no certificate, only: " + file.found();
      throw file.found().contains("PRIVATE KEY")
          ? file.bad(wrong, "expected: " + expected + "; were certificate and key swapped?", null)
          : file.bad(wrong, "expected: " + expected + " as CERTIFICATE blocks", null);
    }
    return List.copyOf(certificates);
  }

  private static X509Certificate parse(PemFile file, PemFile.Block block) {
    try {
      CertificateFactory factory = CertificateFactory.getInstance("X.509");
      return (X509Certificate)
          factory.generateCertificate(new ByteArrayInputStream(block.content()));
    } catch (CertificateException e) {
      throw file.bad(
          block.describe() + " is no valid certificate: " + e.getMessage(),
          "write the file anew; it may have been cut or edited",
          e);
    }
  }
}
