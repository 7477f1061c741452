package io.tlstunnel.tls;

import java.io.ByteArrayInputStream;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509CRL;
import java.security.cert.X509Extension;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** Reads the revocation lists of a PEM file (RFC 7468, 7). */
final class PemRevocationLists {
  static final String EXPECTED = "revocation lists";

  private static final String LABEL = "X509 CRL";
  private static final String DELTA = "2.5.29.27";
  private static final String SCOPE = "2.5.29.28";

  private PemRevocationLists() {}

  /**
   * Reads every list of the file; other blocks are passed over.
   *
   * @throws IllegalArgumentException if the file cannot be read, holds no list, a damaged one or
   *     one that does not tell all
   */
  static List<X509CRL> read(Path path) {
    PemFile file = PemFile.read(path, EXPECTED);
    List<X509CRL> lists = new ArrayList<>();
    for (PemFile.Block block : file.blocks()) {
      if (block.label().equals(LABEL)) {
        lists.add(parse(file, block));
      }
    }
    if (lists.isEmpty()) {
      throw file.bad(
          "holds no revocation list, only: " + file.found(),
          "expected: revocation lists as X509 CRL blocks");
    }
    file.warnOfPassedOver(List.of());
    return List.copyOf(lists);
  }

  private static X509CRL parse(PemFile file, PemFile.Block block) {
    X509CRL list;
    try {
      list =
          (X509CRL)
              CertificateFactory.getInstance("X.509")
                  .generateCRL(new ByteArrayInputStream(block.content()));
    } catch (GeneralSecurityException | RuntimeException e) {
      // Not why: the JDK quotes what it could not read.
      throw file.bad(
          block.describe() + " is no valid revocation list",
          "write the file anew; it may have been cut or edited");
    }
    Set<String> critical = criticalExtensions(list);
    // RFC 5280, 5.2.4 and 5.2.5: what a list leaves out, it says in one of these extensions.
    if (list.getExtensionValue(DELTA) != null || list.getExtensionValue(SCOPE) != null) {
      throw file.bad(
          block.describe() + " is a delta or partial revocation list",
          "expected: the complete list of a CA");
    }
    if (!critical.isEmpty()) {
      throw file.bad(
          block.describe()
              + " has a critical extension that is not known here: "
              + String.join(", ", critical),
          "expected: a list without it, as 'openssl ca -gencrl' writes it");
    }
    return list;
  }

  /** Those of the list and of its entries (RFC 5280, 5.3): either may change what it means. */
  private static Set<String> criticalExtensions(X509CRL list) {
    Set<String> critical = new TreeSet<>();
    addTo(critical, list);
    if (list.getRevokedCertificates() != null) {
      list.getRevokedCertificates().forEach(entry -> addTo(critical, entry));
    }
    return critical;
  }

  private static void addTo(Set<String> critical, X509Extension of) {
    if (of.getCriticalExtensionOIDs() != null) {
      critical.addAll(of.getCriticalExtensionOIDs());
    }
  }
}
