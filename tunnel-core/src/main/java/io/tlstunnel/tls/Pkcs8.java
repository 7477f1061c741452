package io.tlstunnel.tls;

import io.tlstunnel.internal.der.Der;
import io.tlstunnel.internal.der.DerException;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.NoSuchAlgorithmException;
import java.security.PrivateKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.HexFormat;
import java.util.Map;

/**
 * PKCS#8 (RFC 5208), the one private-key form that the JDK reads, and the way into it from the two
 * older forms: PKCS#1 (RFC 8017, A.1.2) and SEC1 (RFC 5915).
 */
final class Pkcs8 {
  private static final HexFormat HEX = HexFormat.of();
  private static final byte[] VERSION_0 = HEX.parseHex("020100");
  private static final byte[] RSA_ALGORITHM = HEX.parseHex("300d06092a864886f70d0101010500");
  private static final byte[] EC_ALGORITHM_ID = HEX.parseHex("06072a8648ce3d0201");

  /** Content of the algorithm's object identifier, to the JDK's name for it. */
  private static final Map<String, String> ALGORITHMS =
      Map.of(
          "2a864886f70d010101", "RSA",
          "2a864886f70d01010a", "RSASSA-PSS",
          "2a8648ce3d0201", "EC",
          "2b6570", "Ed25519",
          "2b6571", "Ed448");

  /** What keys are made of beside these, and TLS has no use for in a certificate. */
  private static final Map<String, String> USELESS =
      Map.of(
          "2a8648ce380401", "DSA",
          "2a864886f70d010301", "DH",
          "2a8648ce3e0201", "DH",
          "2b656e", "X25519",
          "2b656f", "X448");

  /** An RSAPrivateKey has nine numbers; a DSA key, which begins alike, has six. */
  private static final int RSA_NUMBERS = 9;

  private Pkcs8() {}

  /** Turns the bytes of a PKCS#8 PrivateKeyInfo into a key. */
  static PrivateKey decode(byte[] info) throws DerException, UnusableKeyException {
    ByteBuffer in = sequence(info);
    Der.next(in, Der.INTEGER);
    ByteBuffer algorithm = Der.next(in, Der.SEQUENCE).content();
    String id = HEX.formatHex(Der.bytes(algorithm, Der.OBJECT_ID));
    Der.next(in, Der.OCTET_STRING);
    String name = ALGORITHMS.get(id);
    if (name == null) {
      throw new UnusableKeyException(
          "it is of the kind " + USELESS.getOrDefault(id, "(unknown)"),
          "expected: an RSA, EC, Ed25519 or Ed448 key");
    }
    if (name.equals("EC")) {
      Curve.require(algorithm);
    }
    try {
      return KeyFactory.getInstance(name).generatePrivate(new PKCS8EncodedKeySpec(info));
    } catch (NoSuchAlgorithmException e) {
      throw UnusableKeyException.noSuchKind(name);
    } catch (GeneralSecurityException | RuntimeException e) {
      // Not why: the JDK may quote what it could not read.
      throw new DerException("the JDK cannot read it as an " + name + " key", null);
    }
  }

  /**
   * Puts a private key into its PKCS#8 envelope, whichever form it is in: what a PEM block calls it
   * does not matter, as with openssl.
   *
   * @param parameters the curve for an EC key that does not name it itself; empty if unknown
   */
  static byte[] of(byte[] key, byte[] parameters) throws DerException, UnusableKeyException {
    ByteBuffer in = sequence(key);
    Der.next(in, Der.INTEGER);
    return switch (Der.next(in).tag()) {
      case Der.SEQUENCE -> key;
      case Der.INTEGER -> fromPkcs1(key);
      case Der.OCTET_STRING -> fromSec1(key, parameters);
      default -> throw new DerException("it is neither PKCS#8, PKCS#1 nor SEC1", null);
    };
  }

  /** Whether these are a PKCS#8 EncryptedPrivateKeyInfo, whatever a PEM block calls them. */
  static boolean isEncrypted(byte[] key) {
    try {
      ByteBuffer in = sequence(key);
      return Der.next(in).tag() == Der.SEQUENCE && Der.next(in).tag() == Der.OCTET_STRING;
    } catch (DerException e) {
      return false;
    }
  }

  /** Whether these are the bytes of a PrivateKeyInfo, of which the key itself is not looked at. */
  static boolean isPlain(byte[] info) {
    try {
      ByteBuffer in = sequence(info);
      Der.next(in, Der.INTEGER);
      Der.bytes(Der.next(in, Der.SEQUENCE).content(), Der.OBJECT_ID);
      Der.next(in, Der.OCTET_STRING);
      return true;
    } catch (DerException e) {
      return false;
    }
  }

  /** Puts a PKCS#1 RSAPrivateKey into a PKCS#8 envelope. */
  private static byte[] fromPkcs1(byte[] rsaKey) throws DerException, UnusableKeyException {
    ByteBuffer in = sequence(rsaKey);
    int numbers = 0;
    for (; in.hasRemaining() && numbers < RSA_NUMBERS; numbers++) {
      Der.next(in, Der.INTEGER);
    }
    if (numbers < RSA_NUMBERS) {
      throw new UnusableKeyException(
          "it is of the kind DSA", "expected: an RSA, EC, Ed25519 or Ed448 key");
    }
    return Der.element(
        Der.SEQUENCE, VERSION_0, RSA_ALGORITHM, Der.element(Der.OCTET_STRING, rsaKey));
  }

  /** Puts a SEC1 ECPrivateKey into a PKCS#8 envelope, which has to name the curve outside it. */
  private static byte[] fromSec1(byte[] ecKey, byte[] parameters)
      throws DerException, UnusableKeyException {
    ByteBuffer in = sequence(ecKey);
    Der.next(in, Der.INTEGER);
    Der.next(in, Der.OCTET_STRING);
    ByteBuffer curve = curve(in, parameters);
    if (curve.remaining() == 0) {
      throw new UnusableKeyException(
          "neither the key nor an EC PARAMETERS block names its curve",
          "put the curve of its certificate in front:"
              + " (openssl ecparam -name prime256v1; cat FILE) > NEW_FILE");
    }
    byte[] curveId = Curve.require(curve);
    byte[] algorithm =
        Der.element(Der.SEQUENCE, EC_ALGORITHM_ID, Der.element(Der.OBJECT_ID, curveId));
    return Der.element(Der.SEQUENCE, VERSION_0, algorithm, Der.element(Der.OCTET_STRING, ecKey));
  }

  private static ByteBuffer curve(ByteBuffer rest, byte[] parameters) throws DerException {
    if (rest.hasRemaining()) {
      Der.Element optional = Der.next(rest);
      if (optional.tag() == Der.CONTEXT_0) {
        return optional.content();
      }
    }
    return ByteBuffer.wrap(parameters);
  }

  private static ByteBuffer sequence(byte[] encoded) throws DerException {
    return Der.next(ByteBuffer.wrap(encoded), Der.SEQUENCE).content();
  }
}
