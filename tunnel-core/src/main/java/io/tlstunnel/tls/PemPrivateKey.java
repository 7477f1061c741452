package io.tlstunnel.tls;

import io.tlstunnel.internal.der.DerException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.PrivateKey;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads the one private key of a PEM file, in whichever of the usual forms it is. */
final class PemPrivateKey {
  private static final String EXPECTED = "a private key";
  private static final String OPENSSH = "OPENSSH PRIVATE KEY";

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
    PemFile.Block block = only(file);
    PrivateKey key = decode(file, block, password);
    file.warnOfPassedOver(List.of());
    return key;
  }

  private static PemFile.Block only(PemFile file) {
    List<PemFile.Block> keys =
        file.blocks().stream().filter(block -> PemLabel.isPrivateKey(block.label())).toList();
    if (keys.isEmpty()) {
      String found = file.found();
      throw file.bad(
          "holds no private key, only: " + found,
          found.contains("CERTIFICATE REQUEST")
              ? "expected: " + EXPECTED + ", which was made together with the request"
              : found.contains("PUBLIC KEY")
                  ? "expected: " + EXPECTED + ", which was made together with the public one"
                  : "expected: " + EXPECTED + "; were certificate and key swapped?");
    }
    if (keys.size() > 1) {
      throw file.bad(
          "holds " + keys.size() + " private keys",
          "expected: one; leave only the key of the client certificate in the file");
    }
    return keys.get(0);
  }

  private static PrivateKey decode(PemFile file, PemFile.Block block, @Nullable String password) {
    if (block.legacyEncrypted()) {
      throw file.bad(
          block.describe() + " is encrypted in OpenSSL's traditional form (DEK-Info)",
          "convert it: openssl pkcs8 -topk8 -v2 aes-256-cbc -in "
              + file.inShell()
              + " -out NEW_FILE");
    }
    if (block.label().equals(OPENSSH)) {
      throw openSsh(file, block);
    }
    byte[] content = block.content();
    try {
      return Pkcs8.isEncrypted(content)
              || (block.label().startsWith("ENCRYPTED") && !Pkcs8.isPlain(content))
          ? EncryptedKey.decrypt(file, block, password)
          : Pkcs8.decode(Pkcs8.of(content, curve(file)));
    } catch (DerException e) {
      throw file.bad(
          block.describe() + " is no valid private key: " + e.getMessage(),
          "write the file anew; expected: an RSA, EC, Ed25519 or Ed448 key");
    } catch (UnusableKeyException e) {
      throw file.bad(
          block.describe() + " cannot be used: " + e.getMessage(),
          e.remedy().replace(" FILE", " " + file.inShell()));
    }
  }

  /** "openssl ecparam -genkey" puts the curve into a block of its own in front of the key. */
  private static byte[] curve(PemFile file) {
    return file.blocks().stream()
        .filter(block -> block.label().equals("EC PARAMETERS"))
        .map(PemFile.Block::content)
        .findFirst()
        .orElse(new byte[0]);
  }

  /** OpenSSH has a form of its own, in which the kind of the key is readable text. */
  private static IllegalArgumentException openSsh(PemFile file, PemFile.Block block) {
    boolean ed25519 =
        new String(block.content(), StandardCharsets.ISO_8859_1).contains("ssh-ed25519");
    return file.bad(
        block.describe() + " is in OpenSSH's own format, which no TLS library reads",
        ed25519
            ? "ssh-keygen cannot convert an Ed25519 key: make a new key, and a certificate for it:"
                + " openssl genpkey -algorithm ed25519 -out NEW_FILE"
            : "convert a copy: cp "
                + file.inShell()
                + " NEW_FILE && ssh-keygen -p -m PKCS8 -f NEW_FILE");
  }
}
