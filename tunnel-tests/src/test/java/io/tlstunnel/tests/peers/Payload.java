package io.tlstunnel.tests.peers;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Random;

/** A file whose bytes differ everywhere, so that a lost, doubled or swapped piece shows. */
record Payload(Path file, long size, String sha256) {
  private static final int CHUNK = 1 << 16;

  /** Writes {@code size} bytes, which are the same for the same seed. */
  static Payload create(Path file, long size, long seed) throws IOException {
    MessageDigest digest = digest();
    Random random = new Random(seed);
    byte[] chunk = new byte[CHUNK];
    try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file))) {
      for (long left = size; left > 0; left -= chunk.length) {
        random.nextBytes(chunk);
        int length = (int) Math.min(left, chunk.length);
        out.write(chunk, 0, length);
        digest.update(chunk, 0, length);
      }
    }
    return new Payload(file, size, HexFormat.of().formatHex(digest.digest()));
  }

  static String sha256(Path file) throws IOException {
    MessageDigest digest = digest();
    byte[] chunk = new byte[CHUNK];
    try (InputStream in = Files.newInputStream(file)) {
      for (int read = in.read(chunk); read >= 0; read = in.read(chunk)) {
        digest.update(chunk, 0, read);
      }
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  private static MessageDigest digest() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
