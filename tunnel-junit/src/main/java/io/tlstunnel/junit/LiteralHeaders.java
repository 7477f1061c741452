package io.tlstunnel.junit;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/**
 * Header blocks of literals without indexing and without Huffman coding (RFC 7541, 6.2.2): they
 * neither read nor change a dynamic table, so they may be added, dropped or put in place of others.
 */
final class LiteralHeaders {
  private LiteralHeaders() {}

  /** A block of names and values in turns. */
  static byte[] encode(String... fields) {
    if (fields.length % 2 != 0) {
      throw new IllegalArgumentException(
          "headers: " + fields.length + " texts (expected: names and values in turns)");
    }
    ByteArrayOutputStream block = new ByteArrayOutputStream();
    for (int i = 0; i < fields.length; i += 2) {
      block.write(0);
      write(block, fields[i]);
      write(block, fields[i + 1]);
    }
    return block.toByteArray();
  }

  private static void write(ByteArrayOutputStream block, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
    int length = bytes.length;
    if (length < 127) {
      block.write(length);
    } else {
      block.write(127); // RFC 7541, 5.1: the prefix is full, the rest follows in groups of 7 bits.
      for (length -= 127; length >= 128; length >>= 7) {
        block.write(length % 128 + 128);
      }
      block.write(length);
    }
    block.writeBytes(bytes);
  }
}
