package io.tlstunnel.tls;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The blocks of a PEM file in their order. What openssl reads is read; what it does not read is
 * refused, or passed over with a line in the log.
 *
 * <p>No message holds anything of a file's content, which may be a key: neither its text nor the
 * messages of whoever failed to decode that.
 *
 * @param path the file
 * @param blocks its blocks
 * @param passedOver what {@link PemText} did not read
 */
record PemFile(Path path, List<Block> blocks, List<String> passedOver) {
  private static final Logger LOG = LoggerFactory.getLogger(PemFile.class);

  /** Far more than every bundle of authorities has, and little enough for a wrong path. */
  private static final int MAX_BYTES = 16 * 1024 * 1024;

  /** PEM, or the base64 of PEM or of a key's DER, where the name of a file should be. */
  private static final Pattern NO_PATH =
      Pattern.compile("(?s).*(-----|[\\r\\n]).*|LS0tLS1C.*|M[A-Za-z0-9+/= ]{59,}|.{1024,}");

  private static final Pattern PLAIN_PATH = Pattern.compile("[A-Za-z0-9/._+,:@%=-]+");

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
      return "the " + PemLabel.told(label) + " block at line " + line;
    }
  }

  /**
   * Reads a PEM file.
   *
   * @param expected what the file should hold, for the messages: {@code "a private key"}
   * @throws IllegalArgumentException if the file cannot be read, holds no whole PEM block, or
   *     something that was meant to be one
   */
  static PemFile read(Path path, String expected) {
    byte[] bytes;
    try (InputStream in = Files.newInputStream(path)) {
      bytes = in.readNBytes(MAX_BYTES + 1);
    } catch (IOException e) {
      throw unreadable(path, expected, e);
    }
    if (bytes.length == 0) {
      throw bad(path, "the file is empty", "expected: " + expected + " in PEM form");
    }
    if (bytes.length > MAX_BYTES) {
      throw bad(path, "larger than 16 MiB", "expected: " + expected + " in PEM form");
    }
    ForeignFile.refuse(path, bytes, expected);
    PemText text = PemText.parse(path, new String(bytes, StandardCharsets.UTF_8));
    if (text.blocks().isEmpty()) {
      throw bad(
          path,
          text.passedOver().isEmpty()
              ? "holds no PEM block"
              : "holds no PEM block but " + String.join(", ", text.passedOver()),
          "expected: " + expected + " between '-----BEGIN …-----' and '-----END …-----'");
    }
    return new PemFile(path, text.blocks(), text.passedOver());
  }

  static IllegalArgumentException unreadable(Path path, String expected, IOException cause) {
    String remedy = "expected: a PEM file with " + expected;
    if (cause instanceof NoSuchFileException) {
      return bad(path, "no such file", remedy);
    }
    if (cause instanceof AccessDeniedException) {
      return bad(path, "permission denied", "let this process's user read it");
    }
    if (Files.isDirectory(path)) {
      return bad(path, "is a directory", remedy);
    }
    String why =
        cause instanceof FileSystemException named ? named.getReason() : cause.getMessage();
    return bad(path, "cannot be read" + (why == null ? "" : ": " + why), remedy);
  }

  /**
   * Everything wrong with a file is said in the same way: the file, what is wrong, what to do. No
   * cause goes along: those of the JDK quote what they could not read.
   */
  static IllegalArgumentException bad(Path path, String wrong, String remedy) {
    return new IllegalArgumentException(told(path) + ": " + wrong + " (" + remedy + ")");
  }

  IllegalArgumentException bad(String wrong, String remedy) {
    return bad(path, wrong, remedy);
  }

  /** The file's name, unless what was given is no name but the content. */
  static String told(Path path) {
    String text = path.toString();
    return NO_PATH.matcher(text).matches()
        ? "the given path is not the name of a file but PEM or base64 text"
        : text;
  }

  /** The file's name as a shell takes it, for commands in a remedy. */
  static String inShell(Path path) {
    String text = told(path);
    return PLAIN_PATH.matcher(text).matches() ? text : "'" + text.replace("'", "'\\''") + "'";
  }

  String inShell() {
    return inShell(path);
  }

  /** The labels of all blocks, for messages that say what was found instead. */
  String found() {
    return blocks.stream()
        .map(block -> PemLabel.told(block.label()))
        .distinct()
        .collect(Collectors.joining(", "));
  }

  /** Says what of the file is not used, beside the blocks that usually stand together. */
  void warnOfPassedOver(List<String> more) {
    List<String> all = new ArrayList<>(passedOver);
    all.addAll(more);
    for (Block block : blocks) {
      if (!PemLabel.isUsual(block.label())) {
        all.add(block.describe());
      }
    }
    if (!all.isEmpty()) {
      LOG.warn("{}: passed over: {}", told(path), String.join(", ", all));
    }
  }
}
