package io.tlstunnel.internal.wire;

/**
 * Where a string literal (RFC 7541, 5.2) lies in the block that is being read. Reused from field to
 * field.
 */
final class HpackString {
  byte[] array = {};

  /** Where the literal begins: its length, then its octets. */
  int literalStart;

  /** Where its octets begin. */
  int start;

  /** How many octets there are, as they are encoded. */
  int length;

  boolean huffman;

  /** Its length when decoded; if that was not asked for, as it is encoded. */
  int decodedLength;

  int literalLength() {
    return start + length - literalStart;
  }

  void requireDecodable() throws HpackException {
    if (huffman) {
      int unused = HuffmanCode.decodedLength(array, start, length);
    }
  }

  /** Copies the first characters, as many as {@code into} holds, and says how many they are. */
  int prefix(byte[] into) throws HpackException {
    if (huffman) {
      return HuffmanCode.decodePrefix(array, start, length, into);
    }
    int count = Math.min(length, into.length);
    System.arraycopy(array, start, into, 0, count);
    return count;
  }
}
