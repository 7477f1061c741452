package io.tlstunnel.internal.upstream;

import java.io.IOException;
import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.PublicKey;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECKey;
import java.security.interfaces.RSAKey;
import java.security.spec.PSSParameterSpec;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Keys that can be broken and signatures that can be forged. The JDK takes RSA keys of 1,024 bits,
 * DSA keys, and SHA-1 signatures of private authorities.
 */
final class WeakAlgorithms {
  private static final int MIN_RSA_BITS = 2_048;
  private static final int MIN_EC_BITS = 256;

  /** RSA and ECDSA with SHA-256, SHA-384 and SHA-512, Ed25519 and Ed448. */
  private static final Set<String> SOUND_SIGNATURES =
      Set.of(
          "1.2.840.113549.1.1.11",
          "1.2.840.113549.1.1.12",
          "1.2.840.113549.1.1.13",
          "1.2.840.10045.4.3.2",
          "1.2.840.10045.4.3.3",
          "1.2.840.10045.4.3.4",
          "1.3.101.112",
          "1.3.101.113");

  private static final String RSASSA_PSS = "1.2.840.113549.1.1.10";
  private static final Set<String> SOUND_HASHES = Set.of("SHA-256", "SHA-384", "SHA-512");

  private WeakAlgorithms() {}

  /** What is weak on the way; the signature of a trusted certificate proves nothing anyway. */
  static @Nullable Diagnosis wrong(TrustPath path) {
    for (X509Certificate certificate : path.sent()) {
      Diagnosis weak = weakKey("the remote's certificate ", certificate);
      if (weak == null && !path.pinned()) {
        weak = weakSignature(certificate);
      }
      if (weak != null) {
        return weak;
      }
    }
    return path.pinned() ? null : weakKey("the trusted certificate ", path.anchor());
  }

  /** What is weak about a certificate's key, if anything is. */
  static @Nullable Diagnosis weakKey(String whose, X509Certificate certificate) {
    String weak = weakness(certificate.getPublicKey());
    return weak == null
        ? null
        : new Diagnosis(
            whose + CertificateNames.subject(certificate) + " has a weak key: " + weak,
            "renew it with RSA of 2048 bits or more, EC P-256, P-384 or P-521, or Ed25519");
  }

  private static @Nullable String weakness(PublicKey key) {
    if (key instanceof RSAKey rsa) {
      int bits = rsa.getModulus().bitLength();
      return bits < MIN_RSA_BITS ? "RSA of " + bits + " bits" : null;
    }
    if (key instanceof ECKey ec) {
      int bits = ec.getParams().getCurve().getField().getFieldSize();
      return bits < MIN_EC_BITS ? "EC of " + bits + " bits" : null;
    }
    return switch (key.getAlgorithm()) {
      case "EdDSA", "Ed25519", "Ed448" -> null;
      default -> key.getAlgorithm();
    };
  }

  private static @Nullable Diagnosis weakSignature(X509Certificate certificate) {
    return isSoundSignature(certificate.getSigAlgOID(), certificate.getSigAlgParams())
        ? null
        : new Diagnosis(
            "the remote's certificate "
                + CertificateNames.subject(certificate)
                + " has a weak signature: "
                + certificate.getSigAlgName(),
            "let its CA issue it anew, signed with SHA-256 or better");
  }

  /** Whether nobody can forge such a signature, of a certificate or of a revocation list. */
  static boolean isSoundSignature(String id, byte @Nullable [] encodedParameters) {
    if (!id.equals(RSASSA_PSS)) {
      return SOUND_SIGNATURES.contains(id);
    }
    try {
      AlgorithmParameters parameters = AlgorithmParameters.getInstance("RSASSA-PSS");
      parameters.init(encodedParameters);
      return SOUND_HASHES.contains(
          parameters.getParameterSpec(PSSParameterSpec.class).getDigestAlgorithm());
    } catch (GeneralSecurityException | IOException | RuntimeException e) {
      // No parameters at all, which means SHA-1, or none that can be read.
      return false;
    }
  }
}
