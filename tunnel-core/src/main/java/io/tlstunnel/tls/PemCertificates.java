package io.tlstunnel.tls;

import io.tlstunnel.internal.der.Der;
import io.tlstunnel.internal.der.DerException;
import java.io.ByteArrayInputStream;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Reads the certificates of a PEM file, in the file's order. */
final class PemCertificates {
  private PemCertificates() {}

  /**
   * Reads every certificate of the file as our own or an issuer of ours; other blocks, such as the
   * key of a combined file, are passed over.
   *
   * @throws IllegalArgumentException if the file cannot be read, holds no certificate or a damaged
   *     one
   */
  static List<X509Certificate> read(Path path, String expected) {
    PemFile file = PemFile.read(path, expected);
    List<X509Certificate> certificates = new ArrayList<>();
    for (PemFile.Block block : certificates(file, expected)) {
      certificates.add(parse(file, block, settings(file, block)));
    }
    file.warnOfPassedOver(List.of());
    return List.copyOf(certificates);
  }

  /**
   * Reads every certificate of the file that is to be trusted: all but those of which openssl's
   * trust settings say that they are not for TLS servers.
   *
   * @throws IllegalArgumentException if the file cannot be read, holds no such certificate or a
   *     damaged one
   */
  static List<X509Certificate> readTrusted(Path path, String expected) {
    PemFile file = PemFile.read(path, expected);
    List<X509Certificate> certificates = new ArrayList<>();
    List<String> distrusted = new ArrayList<>();
    for (PemFile.Block block : certificates(file, expected)) {
      TrustSettings settings = settings(file, block);
      X509Certificate certificate = parse(file, block, settings);
      if (settings.forServers()) {
        certificates.add(certificate);
      } else {
        distrusted.add(block.describe() + ", by its own settings not for TLS servers");
      }
    }
    if (certificates.isEmpty()) {
      throw file.bad(
          "holds no certificate that is trusted for TLS servers, by the settings in its TRUSTED"
              + " CERTIFICATE blocks",
          "drop the settings of one that is to be trusted: openssl x509 -in "
              + file.inShell()
              + " -out NEW_FILE");
    }
    file.warnOfPassedOver(distrusted);
    return List.copyOf(certificates);
  }

  private static List<PemFile.Block> certificates(PemFile file, String expected) {
    List<PemFile.Block> found =
        file.blocks().stream().filter(block -> PemLabel.isCertificate(block.label())).toList();
    if (!found.isEmpty()) {
      return found;
    }
    String wrong = "holds no certificate, only: " + file.found();
    Stream<String> labels = file.blocks().stream().map(PemFile.Block::label);
    String remedy =
        file.found().contains("PRIVATE KEY")
            ? "expected: " + expected + "; were certificate and key swapped?"
            : file.found().contains("CERTIFICATE REQUEST")
                ? "expected: " + expected + ", which a CA issues when it is given the request"
                : labels.anyMatch(label -> label.startsWith("PKCS"))
                    ? "take the certificates out of it: openssl pkcs7 -print_certs -in "
                        + file.inShell()
                        + " -out NEW_FILE"
                    : "expected: " + expected + " as CERTIFICATE blocks";
    throw file.bad(wrong, remedy);
  }

  private static TrustSettings settings(PemFile file, PemFile.Block block) {
    byte[] content = block.content();
    try {
      if (block.label().equals("TRUSTED CERTIFICATE")) {
        return TrustSettings.of(content);
      }
      Der.next(ByteBuffer.wrap(content), Der.SEQUENCE);
      return TrustSettings.none(content);
    } catch (DerException e) {
      throw invalid(file, block, ": " + e.getMessage());
    }
  }

  private static X509Certificate parse(PemFile file, PemFile.Block block, TrustSettings settings) {
    try {
      return (X509Certificate)
          CertificateFactory.getInstance("X.509")
              .generateCertificate(new ByteArrayInputStream(settings.certificate()));
    } catch (CertificateException | RuntimeException e) {
      // Not why: the JDK quotes what it could not read.
      throw invalid(file, block, "");
    }
  }

  private static IllegalArgumentException invalid(PemFile file, PemFile.Block block, String why) {
    return file.bad(
        block.describe() + " is no valid certificate" + why,
        "write the file anew; it may have been cut or edited");
  }
}
