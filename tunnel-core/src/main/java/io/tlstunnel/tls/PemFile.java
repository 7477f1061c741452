package io.tlstunnel.tls;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The blocks of a PEM file in their order.
 *
 * <p>Text between the blocks is ignored, as openssl does it: many files carry the certificate's
 * fields in front of it.
 */
record PemFile(Path path, List<Block> blocks) {
  /** Far more than every bundle of authorities has, and little enough for a wrong path. */
  private static final int MAX_BYTES = 16 * 1024 * 1024;

  private static final String BEGIN = "-----BEGIN ";
  private static final String END = "-----END ";
  private static final String DASHES = "-----";

  /**
   * One block.
   *
   * @param label what stands after BEGIN, such as {@code CERTIFICATE}
   * @param line the line of the file at which the block begins, counted from 1
   * @param legacyEncrypted whether RFC 1421 headers say that the content is encrypted
   * @param base64 the content, known to be decodable
   */
  record Block(String label, int line, boolean legacyEncrypted, String base64) {
    byte[] content() {
      return Base64.getDecoder().decode(base64);
    }

    /** Nothing of the content: it may be a key. */
    @Override
    public String toString() {
      return describe();
    }

    String describe() {
      return "the " + label + " block at line " + line;
    }
  }

  /**
   * Reads a PEM file.
   *
   * @param expected what the file should hold, for the messages: {@code "a private key"}
   * @throws IllegalArgumentException if the file cannot be read or holds no whole PEM block
   */
  static PemFile read(Path path, String expected) {
    byte[] bytes;
    try (InputStream in = Files.newInputStream(path)) {
      bytes = in.readNBytes(MAX_BYTES + 1);
    } catch (IOException e) {
      throw unreadable(path, expected, e);
    }
    if (bytes.length == 0) {
      throw bad(path, "the file is empty", "expected: " + expected + " in PEM form", null);
    }
    if (bytes.length > MAX_BYTES) {
      throw bad(path, "larger than 16 MiB", "expected: " + expected + " in PEM form", null);
    }
    PemFile file = new PemFile(path, parse(path, new String(bytes, StandardCharsets.ISO_8859_1)));
    if (file.blocks.isEmpty()) {
      throw bad(
          path,
          "holds no PEM block",
          "expected: "
              + expected
              + " between '-----BEGIN …-----' and '-----END …-----'; a DER file is converted by"
              + " openssl x509 or openssl pkey with -inform DER, a .p12 or .jks file is given as a"
              + " KeyStore",
          null);
    }
    return file;
  }

  static IllegalArgumentException unreadable(Path path, String expected, IOException cause) {
    String remedy = "expected: a PEM file with " + expected;
    if (cause instanceof NoSuchFileException) {
      return bad(path, "no such file", remedy, cause);
    }
    if (cause instanceof AccessDeniedException) {
      return bad(path, "permission denied", "let this process's user read it", cause);
    }
    if (Files.isDirectory(path)) {
      return bad(path, "is a directory", remedy, cause);
    }
    return bad(path, "cannot be read: " + cause.getMessage(), remedy, cause);
  }

  /** Everything wrong with a file is said in the same way: the file, what is wrong, what to do. */
  static IllegalArgumentException bad(
      Path path, String wrong, String remedy, @Nullable Throwable cause) {
    return new IllegalArgumentException(path + ": " + wrong + " (" + remedy + ")", cause);
  }

  IllegalArgumentException bad(String wrong, String remedy, @Nullable Throwable cause) {
    return bad(path, wrong, remedy, cause);
  }

  /** The labels of all blocks, for messages that say what was found instead. */
  String found() {
    return blocks.stream().map(Block::label).distinct().collect(Collectors.joining(", "));
  }

  private static List<Block> parse(Path path, String text) {
    List<Block> blocks = new ArrayList<>();
    List<String> lines = text.lines().map(String::strip).toList();
    int next = 0;
    while (next < lines.size()) {
      String line = lines.get(next++);
      if (line.startsWith(BEGIN) && line.endsWith(DASHES)) {
        String label = line.substring(BEGIN.length(), line.length() - DASHES.length());
        int end = lines.subList(next, lines.size()).indexOf(END + label + DASHES);
        if (end < 0) {
          throw bad(
              path,
              "half-written: '" + line + "' at line " + next + " has no '" + END + label + "-----'",
              "write the file anew; replace it by renaming, so that it is never seen in part",
              null);
        }
        blocks.add(decode(path, label, next, lines.subList(next, next + end)));
        next += end + 1;
      }
    }
    return List.copyOf(blocks);
  }

  private static Block decode(Path path, String label, int line, List<String> body) {
    boolean encrypted = false;
    StringBuilder base64 = new StringBuilder();
    for (String part : body) {
      if (part.indexOf(':') < 0) {
        base64.append(part);
      } else if (part.startsWith("Proc-Type:") && part.endsWith("ENCRYPTED")) {
        encrypted = true;
      }
    }
    Block block = new Block(label, line, encrypted, base64.toString());
    try {
      block.content();
      return block;
    } catch (IllegalArgumentException e) {
      throw bad(
          path,
          block.describe() + " is no valid base64: " + e.getMessage(),
          "write the file anew; it may have been cut or edited",
          e);
    }
  }
}
