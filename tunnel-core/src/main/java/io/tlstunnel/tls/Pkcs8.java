package io.tlstunnel.tls;

import io.tlstunnel.internal.der.Der;
import io.tlstunnel.internal.der.DerException;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
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

  private Pkcs8() {}

  /** Turns the bytes of a PKCS#8 PrivateKeyInfo into a key. */
  static PrivateKey decode(byte[] info) throws DerException {
    ByteBuffer in = sequence(info);
    Der.next(in, Der.INTEGER);
    ByteBuffer algorithm = Der.next(in, Der.SEQUENCE).content();
    String id = HEX.formatHex(Der.bytes(algorithm, Der.OBJECT_ID));
    Der.next(in, Der.OCTET_STRING);
    String name = ALGORITHMS.get(id);
    if (name == null) {
      throw new DerException("its algorithm (object identifier " + id + ") is not known", null);
    }
    try {
      return KeyFactory.getInstance(name).generatePrivate(new PKCS8EncodedKeySpec(info));
    } catch (GeneralSecurityException e) {
      throw new DerException("the JDK cannot read this " + name + " key: " + e.getMessage(), e);
    }
  }

  /** Puts a PKCS#1 RSAPrivateKey into a PKCS#8 envelope. */
  static byte[] fromPkcs1(byte[] rsaKey) {
    return Der.element(
        Der.SEQUENCE, VERSION_0, RSA_ALGORITHM, Der.element(Der.OCTET_STRING, rsaKey));
  }

  /**
   * Puts a SEC1 ECPrivateKey into a PKCS#8 envelope, which has to name the curve outside the key.
   *
   * @param parameters the curve for a key that does not name it itself; empty if unknown
   */
  static byte[] fromSec1(byte[] ecKey, byte[] parameters) throws DerException {
    ByteBuffer in = sequence(ecKey);
    Der.next(in, Der.INTEGER);
    Der.next(in, Der.OCTET_STRING);
    ByteBuffer curve = curve(in, parameters);
    if (curve.remaining() == 0) {
      throw new DerException("neither the key nor an EC PARAMETERS block names its curve", null);
    }
    Der.Element name = Der.next(curve);
    if (name.tag() != Der.OBJECT_ID) {
      throw new DerException("its curve is given by explicit parameters, not by name", null);
    }
    byte[] curveId = new byte[name.content().remaining()];
    name.content().get(curveId);
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
