package io.tlstunnel.tls;

import io.tlstunnel.internal.der.Der;
import io.tlstunnel.internal.der.DerException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.util.Arrays;
import javax.crypto.Cipher;
import javax.crypto.EncryptedPrivateKeyInfo;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;
import org.jspecify.annotations.Nullable;

/** Decrypts {@code ENCRYPTED PRIVATE KEY} blocks: PKCS#8 under PBES2 or an older scheme. */
final class EncryptedKey {
  private EncryptedKey() {}

  static PrivateKey decrypt(PemFile file, PemFile.Block block, @Nullable String password)
      throws DerException, UnusableKeyException {
    if (password == null) {
      throw file.bad(
          "the private key is encrypted and no password was given",
          "give it as the third argument: clientCert(chain, key, password)");
    }
    if (!password.chars().allMatch(c -> c >= 0x20 && c <= 0x7E)) {
      // The JDK's PBE accepts nothing else, and would speak of an invalid key.
      throw file.bad(
          "the password has characters outside printable ASCII",
          "encrypt the key anew: openssl pkcs8 -topk8 -in " + file.inShell() + " -out NEW_FILE");
    }
    byte[] info = decrypt(file, envelope(file, block), password.toCharArray());
    try {
      if (!Pkcs8.isPlain(info)) {
        // One wrong password in 256 leaves a valid padding behind.
        throw wrongPassword(file);
      }
      return Pkcs8.decode(info);
    } finally {
      Arrays.fill(info, (byte) 0);
    }
  }

  private static EncryptedPrivateKeyInfo envelope(PemFile file, PemFile.Block block) {
    byte[] content = block.content();
    try {
      ByteBuffer in = Der.next(ByteBuffer.wrap(content), Der.SEQUENCE).content();
      Der.next(in, Der.SEQUENCE);
      Der.next(in, Der.OCTET_STRING);
      return new EncryptedPrivateKeyInfo(content);
    } catch (DerException e) {
      throw file.bad(
          block.describe() + " is no valid encrypted key: " + e.getMessage(),
          "write the file anew; it may have been cut or edited");
    } catch (IOException e) {
      // Whole, but of a scheme whose parameters the JDK cannot even read: scrypt, triple DES.
      throw unknownScheme(file);
    }
  }

  private static byte[] decrypt(PemFile file, EncryptedPrivateKeyInfo envelope, char[] password) {
    PBEKeySpec spec = new PBEKeySpec(password);
    Cipher cipher;
    try {
      // For PBES2 the JDK names the pair of hash and cipher only in its parameters' text.
      String scheme =
          envelope.getAlgName().equals("PBES2")
              ? envelope.getAlgParameters().toString()
              : envelope.getAlgName();
      cipher = Cipher.getInstance(scheme);
      cipher.init(
          Cipher.DECRYPT_MODE,
          SecretKeyFactory.getInstance(scheme).generateSecret(spec),
          envelope.getAlgParameters());
    } catch (GeneralSecurityException | RuntimeException e) {
      throw unknownScheme(file);
    } finally {
      spec.clearPassword();
      Arrays.fill(password, '\0');
    }
    try {
      return cipher.doFinal(envelope.getEncryptedData());
    } catch (GeneralSecurityException | RuntimeException e) {
      throw wrongPassword(file);
    }
  }

  private static IllegalArgumentException wrongPassword(PemFile file) {
    return file.bad(
        "the private key cannot be decrypted with this password",
        "check the password: openssl pkey -noout -in " + file.inShell());
  }

  private static IllegalArgumentException unknownScheme(PemFile file) {
    return file.bad(
        "the private key is encrypted in a way that this JDK does not know",
        "convert it: openssl pkcs8 -topk8 -v2 aes-256-cbc -in "
            + file.inShell()
            + " -out NEW_FILE");
  }
}
