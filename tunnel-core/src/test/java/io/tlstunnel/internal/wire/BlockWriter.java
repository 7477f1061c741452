package io.tlstunnel.internal.wire;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.ByteArrayOutputStream;

/** Writes header blocks by hand, right or wrong. */
final class BlockWriter {
  private final ByteArrayOutputStream block = new ByteArrayOutputStream();
  private boolean huffman;

  /** Whether strings from here on are Huffman-encoded. */
  BlockWriter huffman(boolean on) {
    huffman = on;
    return this;
  }

  BlockWriter indexed(int index) {
    return integer(0x80, 7, index);
  }

  BlockWriter incremental(String name, String value) {
    return integer(0x40, 6, 0).string(name).string(value);
  }

  BlockWriter incremental(int nameIndex, String value) {
    return integer(0x40, 6, nameIndex).string(value);
  }

  BlockWriter without(String name, String value) {
    return integer(0x00, 4, 0).string(name).string(value);
  }

  BlockWriter without(int nameIndex, String value) {
    return integer(0x00, 4, nameIndex).string(value);
  }

  BlockWriter never(String name, String value) {
    return integer(0x10, 4, 0).string(name).string(value);
  }

  BlockWriter never(int nameIndex, String value) {
    return integer(0x10, 4, nameIndex).string(value);
  }

  BlockWriter sizeUpdate(int size) {
    return integer(0x20, 5, size);
  }

  BlockWriter octets(int... octets) {
    for (int octet : octets) {
      block.write(octet);
    }
    return this;
  }

  BlockWriter integer(int pattern, int prefixBits, int value) {
    int max = (1 << prefixBits) - 1;
    if (value < max) {
      block.write(pattern | value);
      return this;
    }
    block.write(pattern | max);
    int rest = value - max;
    while (rest >= 128) {
      block.write(rest % 128 + 128);
      rest /= 128;
    }
    block.write(rest);
    return this;
  }

  BlockWriter string(String text) {
    byte[] octets = text.getBytes(ISO_8859_1);
    byte[] encoded = huffman ? HuffmanCode.encode(octets) : octets;
    integer(huffman ? 0x80 : 0, 7, encoded.length);
    block.writeBytes(encoded);
    return this;
  }

  byte[] toBytes() {
    return block.toByteArray();
  }
}
