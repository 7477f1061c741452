package io.tlstunnel.tls;

import io.tlstunnel.internal.der.DerException;
import java.nio.file.Path;
import java.security.PrivateKey;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads the one private key of a PEM file, in whichever of the usual forms it is. */
final class PemPrivateKey {
  private static final String EXPECTED = "a private key";

  private PemPrivateKey() {}

  /**
   * Reads the key; other blocks, such as the certificates of a combined file, are passed over.
   *
   * @param password for an encrypted key; unused if the key is not encrypted
   * @throws IllegalArgumentException if the file cannot be read, does not hold exactly one private
   *     key, or the key cannot be decrypted or decoded
   */
  static PrivateKey read(Path path, @Nullable String password) {
    PemFile file = PemFile.read(path, EXPECTED);
    List<PemFile.Block> keys =
        file.blocks().stream().filter(block -> block.label().endsWith("PRIVATE KEY")).toList();
    if (keys.isEmpty()) {
      throw file.bad(
          "holds no private key, only: " + file.found(),
          "expected: " + EXPECTED + "; were certificate and key swapped?",
          null);
    }
    if (keys.size() > 1) {
      throw file.bad(
          "holds " + keys.size() + " private keys",
          "expected: one; leave only the key of the client certificate in the file",
          null);
    }
    PemFile.Block key = keys.get(0);
    if (key.legacyEncrypted()) {
      throw file.bad(
          key.describe() + " is encrypted in OpenSSL's traditional form (DEK-Info)",
          "convert it: openssl pkcs8 -topk8 -v2 aes-256-cbc -in " + path + " -out NEW_FILE",
          null);
    }
    return switch (key.label()) {
      case "PRIVATE KEY" -> decode(file, key, key.content());
      case "ENCRYPTED PRIVATE KEY" -> EncryptedKey.decrypt(file, key, password);
      case "RSA PRIVATE KEY" -> decode(file, key, Pkcs8.fromPkcs1(key.content()));
      case "EC PRIVATE KEY" -> decode(file, key, wrapSec1(file, key));
      default ->
          throw file.bad(
              key.describe() + " is of a kind that is not supported",
              "expected: PKCS#8, PKCS#1 (RSA) or SEC1 (EC); convert it: openssl pkcs8 -topk8 -in "
                  + path
                  + " -out NEW_FILE",
              null);
    };
  }

  private static PrivateKey decode(PemFile file, PemFile.Block block, byte[] pkcs8) {
    try {
      return Pkcs8.decode(pkcs8);
    } catch (DerException e) {
      throw file.bad(
          block.describe() + " is no valid private key: " + e.getMessage(),
          "write the file anew; expected: an RSA, EC, Ed25519 or Ed448 key",
          e);
    }
  }

  private static byte[] wrapSec1(PemFile file, PemFile.Block key) {
    // "openssl ecparam -genkey" puts the curve into a block of its own in front of the key.
    byte[] parameters =
        file.blocks().stream()
            .filter(block -> block.label().equals("EC PARAMETERS"))
            .map(PemFile.Block::content)
            .findFirst()
            .orElse(new byte[0]);
    try {
      return Pkcs8.fromSec1(key.content(), parameters);
    } catch (DerException e) {
      throw file.bad(
          key.describe() + " cannot be used: " + e.getMessage(),
          "convert it: openssl ec -param_enc named_curve -in " + file.path() + " -out NEW_FILE",
          e);
    }
  }
}
