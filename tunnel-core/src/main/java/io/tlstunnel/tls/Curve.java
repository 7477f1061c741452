package io.tlstunnel.tls;

import io.tlstunnel.internal.der.Der;
import io.tlstunnel.internal.der.DerException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.AlgorithmParameters;
import java.security.InvalidAlgorithmParameterException;
import java.security.InvalidParameterException;
import java.security.KeyPairGenerator;
import java.security.NoSuchAlgorithmException;
import java.security.spec.ECParameterSpec;
import java.security.spec.InvalidParameterSpecException;
import java.util.HexFormat;
import java.util.Map;

/** The named curves of EC keys (RFC 5480, 2.1.1.1). */
final class Curve {
  /** Curves that keys are made on and TLS does not take, by the content of their identifiers. */
  private static final Map<String, String> NAMES =
      Map.ofEntries(
          Map.entry("2b8104000a", "secp256k1"),
          Map.entry("2b81040021", "P-224"),
          Map.entry("2a8648ce3d030101", "P-192"),
          Map.entry("2a811ccf5501822d", "SM2"),
          Map.entry("2b2403030208010107", "brainpoolP256r1"),
          Map.entry("2b2403030208010108", "brainpoolP256t1"),
          Map.entry("2b2403030208010109", "brainpoolP320r1"),
          Map.entry("2b240303020801010b", "brainpoolP384r1"),
          Map.entry("2b240303020801010c", "brainpoolP384t1"),
          Map.entry("2b240303020801010d", "brainpoolP512r1"),
          Map.entry("2b240303020801010e", "brainpoolP512t1"));

  private Curve() {}

  /**
   * Does nothing if the runtime has the curve.
   *
   * @param parameters of an EC key: the curve's name, or the curve
   * @return the content of the curve's object identifier
   */
  static byte[] require(ByteBuffer parameters) throws DerException, UnusableKeyException {
    Der.Element name = Der.next(parameters);
    if (name.tag() != Der.OBJECT_ID) {
      throw new UnusableKeyException(
          "its curve is given by explicit parameters, not by name",
          "convert it: openssl ec -param_enc named_curve -in FILE -out NEW_FILE");
    }
    byte[] id = new byte[name.content().remaining()];
    name.content().get(id);
    try {
      AlgorithmParameters curve = AlgorithmParameters.getInstance("EC");
      curve.init(Der.element(Der.OBJECT_ID, id));
      // It knows more curves by name than it can reckon on.
      KeyPairGenerator.getInstance("EC").initialize(curve.getParameterSpec(ECParameterSpec.class));
      return id;
    } catch (IOException
        | InvalidParameterSpecException
        | InvalidAlgorithmParameterException
        | InvalidParameterException e) {
      throw new UnusableKeyException(
          "it is on the curve "
              + NAMES.getOrDefault(HexFormat.of().formatHex(id), "(unknown)")
              + ", which this Java runtime does not have",
          "TLS wants P-256, P-384 or P-521: make a new key, and a certificate for it");
    } catch (NoSuchAlgorithmException e) {
      throw UnusableKeyException.noSuchKind("EC");
    }
  }
}
