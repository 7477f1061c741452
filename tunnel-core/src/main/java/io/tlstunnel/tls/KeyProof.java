package io.tlstunnel.tls;

import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.MGF1ParameterSpec;
import java.security.spec.PSSParameterSpec;

/**
 * Whether a private and a public key belong together, tried by signing.
 *
 * <p>Comparing numbers would be quicker, but a key that lives in a hardware token shows none.
 */
final class KeyProof {
  private static final byte[] PROBE = {'p', 'r', 'o', 'b', 'e'};

  private KeyProof() {}

  static boolean belongTogether(PrivateKey privateKey, PublicKey publicKey) {
    try {
      Signature signer = signature(publicKey);
      signer.initSign(privateKey);
      signer.update(PROBE);
      byte[] proof = signer.sign();
      Signature verifier = signature(publicKey);
      verifier.initVerify(publicKey);
      verifier.update(PROBE);
      return verifier.verify(proof);
    } catch (GeneralSecurityException e) {
      // A key of another kind than the certificate's, or a signature that is none for it.
      return false;
    }
  }

  private static Signature signature(PublicKey publicKey) throws GeneralSecurityException {
    String algorithm = publicKey.getAlgorithm();
    Signature signature =
        Signature.getInstance(
            switch (algorithm) {
              case "RSA" -> "SHA256withRSA";
              case "EC" -> "SHA256withECDSA";
              default -> algorithm;
            });
    if (algorithm.equals("RSASSA-PSS")) {
      // The only one that signs nothing before it has been told its hash.
      signature.setParameter(
          new PSSParameterSpec("SHA-256", "MGF1", MGF1ParameterSpec.SHA256, 32, 1));
    }
    return signature;
  }
}
