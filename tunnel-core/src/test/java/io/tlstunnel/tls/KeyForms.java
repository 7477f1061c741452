package io.tlstunnel.tls;

import static io.tlstunnel.testpki.DerWriter.element;
import static io.tlstunnel.testpki.DerWriter.octets;
import static io.tlstunnel.testpki.DerWriter.oid;
import static io.tlstunnel.testpki.DerWriter.sequence;

import io.tlstunnel.internal.der.Der;
import io.tlstunnel.internal.der.DerException;
import io.tlstunnel.testpki.Pem;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import javax.crypto.Cipher;
import javax.crypto.EncryptedPrivateKeyInfo;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;

/** Private keys in the forms in which users have them, made from the JDK's own. */
final class KeyForms {
  private static final byte[] VERSION_1 = {2, 1, 1};

  private KeyForms() {}

  /** {@code RSA PRIVATE KEY}: what is inside the JDK's PKCS#8. */
  static String pkcs1(PrivateKey key) {
    return Pem.block("RSA PRIVATE KEY", inner(key));
  }

  /** {@code EC PRIVATE KEY} with its curve inside, as {@code openssl ec} writes it. */
  static String sec1(PrivateKey key) {
    return Pem.block("EC PRIVATE KEY", sec1(key, element(0xA0, curve(key))));
  }

  /** {@code EC PRIVATE KEY} that does not say its curve. */
  static String sec1WithoutCurve(PrivateKey key) {
    return Pem.block("EC PRIVATE KEY", sec1(key, new byte[0]));
  }

  /** {@code EC PRIVATE KEY} with explicit parameters in the place of the curve's name. */
  static String sec1WithExplicitCurve(PrivateKey key) {
    return Pem.block("EC PRIVATE KEY", sec1(key, element(0xA0, sequence(VERSION_1))));
  }

  /** The block in front of the key of {@code openssl ecparam -genkey}. */
  static String ecParameters(PrivateKey key) {
    return Pem.block("EC PARAMETERS", curve(key));
  }

  /** {@code ENCRYPTED PRIVATE KEY} under one of the JDK's schemes. */
  static String encrypted(PrivateKey key, String password, String scheme) {
    try {
      Cipher cipher = Cipher.getInstance(scheme);
      cipher.init(
          Cipher.ENCRYPT_MODE,
          SecretKeyFactory.getInstance(scheme)
              .generateSecret(new PBEKeySpec(password.toCharArray())));
      byte[] encrypted = cipher.doFinal(key.getEncoded());
      byte[] envelope =
          scheme.startsWith("PBEWithHmac")
              // PBES2, of which the JDK's EncryptedPrivateKeyInfo may not know the name.
              ? sequence(
                  sequence(oid("1.2.840.113549.1.5.13"), cipher.getParameters().getEncoded()),
                  octets(encrypted))
              : new EncryptedPrivateKeyInfo(cipher.getParameters(), encrypted).getEncoded();
      return Pem.block("ENCRYPTED PRIVATE KEY", envelope);
    } catch (GeneralSecurityException | IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static byte[] sec1(PrivateKey key, byte[] parameters) {
    try {
      ByteBuffer in = Der.next(ByteBuffer.wrap(inner(key)), Der.SEQUENCE).content();
      Der.next(in, Der.INTEGER);
      return sequence(VERSION_1, octets(Der.bytes(in, Der.OCTET_STRING)), parameters);
    } catch (DerException e) {
      throw new IllegalStateException(e);
    }
  }

  private static byte[] inner(PrivateKey key) {
    try {
      ByteBuffer in = Der.next(ByteBuffer.wrap(key.getEncoded()), Der.SEQUENCE).content();
      Der.next(in, Der.INTEGER);
      Der.next(in, Der.SEQUENCE);
      return Der.bytes(in, Der.OCTET_STRING);
    } catch (DerException e) {
      throw new IllegalStateException(e);
    }
  }

  private static byte[] curve(PrivateKey key) {
    try {
      ByteBuffer in = Der.next(ByteBuffer.wrap(key.getEncoded()), Der.SEQUENCE).content();
      Der.next(in, Der.INTEGER);
      ByteBuffer algorithm = Der.next(in, Der.SEQUENCE).content();
      Der.next(algorithm, Der.OBJECT_ID);
      return element(Der.OBJECT_ID, Der.bytes(algorithm, Der.OBJECT_ID));
    } catch (DerException e) {
      throw new IllegalStateException(e);
    }
  }
}
