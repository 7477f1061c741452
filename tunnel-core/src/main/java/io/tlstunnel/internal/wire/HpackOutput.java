package io.tlstunnel.internal.wire;

import java.util.Arrays;

/**
 * Collects a header block. An array, for the same reason as in {@link HpackInput}, and easy to
 * throw away.
 */
final class HpackOutput {
  private static final int INITIAL_CAPACITY = 1024;
  private static final int MAX_INTEGER_LENGTH = 6;

  private byte[] array = new byte[INITIAL_CAPACITY];
  private int length;

  void clear() {
    length = 0;
  }

  byte[] array() {
    return array;
  }

  int length() {
    return length;
  }

  /** Writes an integer behind the bits of {@code pattern} (RFC 7541, 5.1). */
  void writeInteger(int pattern, int prefixBits, int value) {
    ensure(MAX_INTEGER_LENGTH);
    int max = (1 << prefixBits) - 1;
    if (value < max) {
      array[length++] = (byte) (pattern | value);
      return;
    }
    array[length++] = (byte) (pattern | max);
    int rest = value - max;
    for (; rest > 0x7f; rest >>>= 7) {
      array[length++] = (byte) (rest | 0x80);
    }
    array[length++] = (byte) rest;
  }

  void writeBytes(byte[] source, int start, int count) {
    ensure(count);
    System.arraycopy(source, start, array, length, count);
    length += count;
  }

  /** Writes a string literal, Huffman-encoded if that is shorter. */
  void writeString(byte[] text) {
    int huffmanLength = HuffmanCode.encodedLength(text);
    boolean huffman = huffmanLength < text.length;
    byte[] octets = huffman ? HuffmanCode.encode(text) : text;
    writeInteger(huffman ? 0x80 : 0, 7, octets.length);
    writeBytes(octets, 0, octets.length);
  }

  private void ensure(int count) {
    if (array.length - length < count) {
      array = Arrays.copyOf(array, Math.max(2 * array.length, length + count));
    }
  }
}
