package io.tlstunnel.tls;

import java.util.Locale;
import java.util.Set;

/**
 * What stands after BEGIN (RFC 7468). Only known labels are told: in a damaged file anything may
 * stand there, a key too.
 */
final class PemLabel {
  private static final Set<String> CERTIFICATES =
      // The second is what openssl wrote long ago; the third carries trust settings behind it.
      Set.of("CERTIFICATE", "X509 CERTIFICATE", "TRUSTED CERTIFICATE");

  private static final Set<String> PRIVATE_KEYS =
      Set.of(
          "PRIVATE KEY",
          "ENCRYPTED PRIVATE KEY",
          "RSA PRIVATE KEY",
          "EC PRIVATE KEY",
          "DSA PRIVATE KEY",
          "ANY PRIVATE KEY",
          "OPENSSH PRIVATE KEY");

  /** What files carry beside the blocks that are looked for, and nobody needs to be told of. */
  private static final Set<String> COMPANIONS =
      Set.of("EC PARAMETERS", "DH PARAMETERS", "X9.42 DH PARAMETERS", "X509 CRL");

  private static final Set<String> OTHERS =
      Set.of(
          "CERTIFICATE REQUEST",
          "NEW CERTIFICATE REQUEST",
          "PUBLIC KEY",
          "RSA PUBLIC KEY",
          "EC PUBLIC KEY",
          "PKCS7",
          "PKCS #7 SIGNED DATA",
          "CMS",
          "PARAMETERS",
          "DSA PARAMETERS",
          "ATTRIBUTE CERTIFICATE",
          "SSH2 PUBLIC KEY",
          "SSH2 ENCRYPTED PRIVATE KEY",
          "PGP PUBLIC KEY BLOCK",
          "PGP PRIVATE KEY BLOCK",
          "PGP SIGNATURE",
          "PGP MESSAGE",
          "OPENVPN STATIC KEY V1");

  private PemLabel() {}

  static boolean isCertificate(String label) {
    return CERTIFICATES.contains(label);
  }

  static boolean isPrivateKey(String label) {
    return PRIVATE_KEYS.contains(label);
  }

  /** Whether a block of that label may stand in any file without a word about it. */
  static boolean isUsual(String label) {
    return isCertificate(label) || isPrivateKey(label) || COMPANIONS.contains(label);
  }

  /** Whether a label is one that is looked for but for capitals and blanks. */
  static boolean isMisspelt(String label) {
    String usual = label.strip().replaceAll("\\s+", " ").toUpperCase(Locale.ROOT);
    return !usual.equals(label) && isUsual(usual);
  }

  /** The label, if it is a known one. */
  static String told(String label) {
    return isUsual(label) || OTHERS.contains(label) ? label : "(unknown)";
  }
}
