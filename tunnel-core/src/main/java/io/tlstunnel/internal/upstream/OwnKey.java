package io.tlstunnel.internal.upstream;

import io.tlstunnel.tls.ClientCert;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.interfaces.ECKey;
import java.security.interfaces.EdECKey;
import java.security.interfaces.RSAKey;

/**
 * The kind of our client certificate's key: not every library signs with, nor every remote takes,
 * each.
 */
final class OwnKey {
  private OwnKey() {}

  /** Whether BoringSSL can prove that we have such a key. */
  static boolean suitsBoringSsl(PrivateKey key) {
    return !key.getAlgorithm().equals("RSASSA-PSS")
        && !(key instanceof EdECKey edwards && edwards.getParams().getName().equals("Ed448"));
  }

  /** As people name it: {@code RSA}, {@code Ed25519}, {@code ECDSA P-521}. */
  static String kind(PublicKey key) {
    if (key instanceof EdECKey edwards) {
      return edwards.getParams().getName();
    }
    if (key instanceof ECKey curve) {
      return "ECDSA P-" + curve.getParams().getOrder().bitLength();
    }
    return key instanceof RSAKey && !key.getAlgorithm().equals("RSASSA-PSS")
        ? "RSA"
        : key.getAlgorithm();
  }

  /** Whether our own TLS library gave up, with our key in hand, for want of a signature to make. */
  static boolean hasNoCommonSignature(Throwable thrown) {
    for (Throwable cause = thrown; cause != null; cause = cause.getCause()) {
      String text = String.valueOf(cause.getMessage());
      if (text.contains("NO_COMMON_SIGNATURE_ALGORITHMS")
          || text.contains("No supported CertificateVerify signature algorithm")) {
        return true;
      }
    }
    return false;
  }

  /** The remote's list of signatures has none that our key can make. */
  static Diagnosis notTaken(ClientCert cert) {
    String kind = kind(cert.chain().get(0).getPublicKey());
    String others =
        switch (kind) {
          case "RSA" -> "an ECDSA P-256 key";
          case "ECDSA P-256" -> "an RSA key";
          default -> "an ECDSA P-256 or an RSA key";
        };
    return new Diagnosis(
        "our client certificate was not sent: the remote takes no key of its kind, " + kind,
        "set clientCert(...) to one with " + others);
  }
}
