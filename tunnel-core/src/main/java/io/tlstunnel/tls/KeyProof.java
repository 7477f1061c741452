package io.tlstunnel.tls;

import io.tlstunnel.internal.der.Der;
import io.tlstunnel.internal.der.DerException;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.NoSuchAlgorithmException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.SignatureException;
import java.security.interfaces.RSAKey;
import java.security.spec.AlgorithmParameterSpec;
import java.security.spec.MGF1ParameterSpec;
import java.security.spec.PSSParameterSpec;
import org.jspecify.annotations.Nullable;

/**
 * Whether a private and a public key belong together, tried by signing.
 *
 * <p>Comparing numbers would be quicker, but a key that lives in a hardware token shows none.
 */
final class KeyProof {
  private static final byte[] PROBE = {'p', 'r', 'o', 'b', 'e'};

  private KeyProof() {}

  /**
   * Tries a pair.
   *
   * @throws UnusableKeyException if nothing can be signed or verified with them: nobody knows
   *     whether they belong together
   */
  static boolean belongTogether(PrivateKey privateKey, PublicKey publicKey)
      throws UnusableKeyException {
    requireCurve(publicKey);
    if (!kind(privateKey.getAlgorithm()).equals(kind(publicKey.getAlgorithm()))
        || numbersDiffer(privateKey, publicKey)) {
      return false;
    }
    byte[] proof = sign(privateKey, publicKey);
    try {
      Signature verifier = signature(publicKey);
      verifier.initVerify(publicKey);
      verifier.update(PROBE);
      return verifier.verify(proof);
    } catch (SignatureException e) {
      // Of another length than the certificate's key has: made by another one.
      return false;
    } catch (GeneralSecurityException | RuntimeException e) {
      throw untried("the certificate's " + publicKey.getAlgorithm() + " key verifies nothing here");
    }
  }

  private static byte[] sign(PrivateKey privateKey, PublicKey publicKey)
      throws UnusableKeyException {
    try {
      Signature signer = signature(publicKey);
      signer.initSign(privateKey);
      signer.update(PROBE);
      return signer.sign();
    } catch (NoSuchAlgorithmException e) {
      throw publicKey.getAlgorithm().equals("EC")
          ? UnusableKeyException.noSuchKind("EC")
          : untried("a key of the kind " + publicKey.getAlgorithm() + " signs nothing here");
    } catch (GeneralSecurityException | RuntimeException e) {
      throw untried("the private key signs nothing here");
    }
  }

  private static UnusableKeyException untried(String why) {
    return new UnusableKeyException(why, "expected: an RSA, EC, Ed25519 or Ed448 key");
  }

  /** Keys of one kind may have several names: those of a certificate say less than private ones. */
  private static String kind(String algorithm) {
    return switch (algorithm) {
      case "RSASSA-PSS" -> "RSA";
      case "Ed25519", "Ed448" -> "EdDSA";
      case "X25519", "X448" -> "XDH";
      default -> algorithm;
    };
  }

  private static boolean numbersDiffer(PrivateKey privateKey, PublicKey publicKey) {
    return privateKey instanceof RSAKey own
        && publicKey instanceof RSAKey certified
        && !own.getModulus().equals(certified.getModulus());
  }

  /** Of a curve that the JDK lacks, it still makes a public key, with which nothing can be done. */
  private static void requireCurve(PublicKey publicKey) throws UnusableKeyException {
    byte[] encoded = publicKey.getEncoded();
    if (!publicKey.getAlgorithm().equals("EC") || encoded == null) {
      return;
    }
    try {
      ByteBuffer in = Der.next(ByteBuffer.wrap(encoded), Der.SEQUENCE).content();
      ByteBuffer algorithm = Der.next(in, Der.SEQUENCE).content();
      Der.next(algorithm, Der.OBJECT_ID);
      Curve.require(algorithm);
    } catch (DerException e) {
      throw untried("the certificate's EC key does not say its curve");
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
      signature.setParameter(pss(publicKey));
    }
    return signature;
  }

  /** Those that the key is bound to, as RFC 4055, 3.1, has it. */
  private static AlgorithmParameterSpec pss(PublicKey publicKey) {
    @Nullable AlgorithmParameterSpec own = publicKey instanceof RSAKey rsa ? rsa.getParams() : null;
    return own == null
        ? new PSSParameterSpec("SHA-256", "MGF1", MGF1ParameterSpec.SHA256, 32, 1)
        : own;
  }
}
