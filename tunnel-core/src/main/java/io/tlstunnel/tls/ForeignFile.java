package io.tlstunnel.tls;

import io.tlstunnel.internal.der.Der;
import io.tlstunnel.internal.der.DerException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Recognises files that are something else than PEM, and says how to get PEM out of them. */
final class ForeignFile {
  private static final int JKS = 0xFEEDFEED;
  private static final int JCEKS = 0xCECECECE;
  private static final int PKCS12_VERSION = 3;
  private static final String BEGIN = "-----BEGIN";

  /** Enough to tell one kind of text from another. */
  private static final int HEAD = 512;

  private static final Pattern BASE64 = Pattern.compile("[A-Za-z0-9+/=\\s]{40,}");

  private final Path path;
  private final String expected;

  private ForeignFile(Path path, String expected) {
    this.path = path;
    this.expected = expected;
  }

  /**
   * Does nothing if the file may be PEM.
   *
   * @throws IllegalArgumentException if it is surely something else
   */
  static void refuse(Path path, byte[] bytes, String expected) {
    ForeignFile file = new ForeignFile(path, expected);
    file.refuseBinary(bytes);
    String head =
        new String(bytes, 0, Math.min(bytes.length, HEAD), StandardCharsets.UTF_8)
            .replace("\uFEFF", "")
            .strip();
    if (!head.contains(BEGIN)) {
      file.refuseText(head);
    }
  }

  private void refuseBinary(byte[] bytes) {
    int magic = bytes.length < 4 ? 0 : ByteBuffer.wrap(bytes).getInt();
    if (magic == JKS || magic == JCEKS) {
      throw bad(
          "is a Java key store",
          "load it and give it as a KeyStore: KeyStore.getInstance(file, password)");
    }
    // The length of any certificate or key takes more than one octet, Ed25519 keys aside.
    if (magic >>> 23 == (Der.SEQUENCE << 1 | 1) || isWholeDer(bytes)) {
      throw der(bytes);
    }
    String charset = utf16(bytes, magic >>> 16);
    if (charset != null) {
      throw bad(
          "is text in UTF-16",
          "convert it: iconv -f " + charset + " -t UTF-8 " + PemFile.inShell(path) + " > NEW_FILE");
    }
  }

  /** By the byte order mark, which iconv takes away, or without one by the text itself. */
  private static @Nullable String utf16(byte[] bytes, int mark) {
    if (mark == 0xFFFE || mark == 0xFEFF) {
      return "UTF-16";
    }
    if (new String(bytes, StandardCharsets.UTF_16LE).contains(BEGIN)) {
      return "UTF-16LE";
    }
    return new String(bytes, StandardCharsets.UTF_16BE).contains(BEGIN) ? "UTF-16BE" : null;
  }

  private void refuseText(String head) {
    String small = head.toLowerCase(Locale.ROOT);
    if (small.startsWith("<")) {
      throw bad(
          small.contains("<html") || small.startsWith("<!doctype html")
              ? "is an HTML page"
              : "is an XML or HTML document",
          "fetch the file itself, not the page of a login or an error; expected: " + inPem());
    }
    if (head.startsWith("PuTTY-User-Key-File")) {
      throw bad(
          "is a PuTTY key",
          "convert it: puttygen "
              + PemFile.inShell(path)
              + " -O private-openssh -o NEW_FILE && ssh-keygen -p -m PKCS8 -f NEW_FILE");
    }
    if (head.startsWith("LS0tLS1CRUdJT")) {
      throw bad(
          "is PEM in base64 once more, as in a Kubernetes Secret",
          "decode it: base64 -d " + PemFile.inShell(path) + " > NEW_FILE");
    }
    if (head.startsWith("ssh-") || head.startsWith("ecdsa-sha2-")) {
      throw bad("is a public key of OpenSSH", "expected: " + inPem());
    }
    if (BASE64.matcher(head).matches()) {
      throw bad(
          "holds base64 without a BEGIN and an END line",
          "write the file anew; expected: " + inPem());
    }
  }

  private static boolean isWholeDer(byte[] bytes) {
    try {
      ByteBuffer in = ByteBuffer.wrap(bytes);
      Der.next(Der.next(in, Der.SEQUENCE).content());
      return !in.hasRemaining();
    } catch (DerException e) {
      return false;
    }
  }

  /** What it is shows in the tags of its first elements. */
  private IllegalArgumentException der(byte[] bytes) {
    try {
      ByteBuffer in = Der.next(ByteBuffer.wrap(bytes), Der.SEQUENCE).content();
      Der.Element first = Der.next(in);
      int second = Der.next(in).tag();
      return switch (first.tag()) {
        case Der.INTEGER ->
            second == Der.SEQUENCE && first.content().get(0) == PKCS12_VERSION
                ? pkcs12()
                : inDer("a private key in DER form", "pkey -inform DER");
        case Der.OBJECT_ID -> inDer("a PKCS#7 file in DER form", "pkcs7 -inform DER -print_certs");
        case Der.SEQUENCE ->
            switch (second) {
              case Der.OCTET_STRING -> inDer("a private key in DER form", "pkey -inform DER");
              case Der.BIT_STRING -> bad("is a public key in DER form", "expected: " + inPem());
              default ->
                  inDer(
                      "in DER form",
                      expected.equals(PemRevocationLists.EXPECTED)
                          ? "crl -inform DER"
                          : "x509 -inform DER");
            };
        default -> bad("is in DER form", "expected: " + inPem());
      };
    } catch (DerException e) {
      return bad("is in DER form, and cut off", "expected: " + inPem());
    }
  }

  private IllegalArgumentException inDer(String what, String command) {
    return bad(
        "is " + what,
        "convert it: openssl " + command + " -in " + PemFile.inShell(path) + " -out NEW_FILE");
  }

  private IllegalArgumentException pkcs12() {
    return bad(
        "is a PKCS#12 file",
        "load it and give it as a KeyStore, or convert it: openssl pkcs12 -nodes -in "
            + PemFile.inShell(path)
            + " -out NEW_FILE");
  }

  private String inPem() {
    return expected + " in PEM form";
  }

  private IllegalArgumentException bad(String wrong, String remedy) {
    return PemFile.bad(path, wrong, remedy);
  }
}
