package io.tlstunnel.internal.wire;

/**
 * Where a string literal (RFC 7541, 5.2) lies in the block that is being read. Reused from field to
 * field.
 */
final class HpackString {
  private static final int UNKNOWN = -1;

  byte[] array = {};

  /** Where the literal begins: its length, then its octets. */
  int literalStart;

  /** Where its octets begin. */
  int start;

  /** How many octets there are, as they are encoded. */
  int length;

  boolean huffman;

  // Known without another look once the whole string was decoded for something else.
  private int decodedLength;

  void set(byte[] block, int newLiteralStart, int newStart, int newLength, boolean isHuffman) {
    array = block;
    literalStart = newLiteralStart;
    start = newStart;
    length = newLength;
    huffman = isHuffman;
    decodedLength = isHuffman ? UNKNOWN : newLength;
  }

  int literalLength() {
    return start + length - literalStart;
  }

  /**
   * Its length when decoded.
   *
   * @throws HpackException if it cannot be decoded
   */
  int decodedLength() throws HpackException {
    if (decodedLength == UNKNOWN) {
      decodedLength = HuffmanCode.decodedLength(array, start, length);
    }
    return decodedLength;
  }

  /** Copies the first characters, as many as {@code into} holds, and says how many they are. */
  int prefix(byte[] into) throws HpackException {
    if (!huffman) {
      int count = Math.min(length, into.length);
      System.arraycopy(array, start, into, 0, count);
      return count;
    }
    int count = HuffmanCode.decodePrefix(array, start, length, into);
    if (count < into.length) {
      decodedLength = count;
    }
    return count;
  }
}
