package io.tlstunnel.internal.wire;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.ArrayList;
import java.util.List;

/**
 * A plain HPACK decoder that keeps the never-indexed marks, which Netty's loses. Expects blocks
 * without errors.
 */
final class MarkingDecoder {
  private final List<Field> table = new ArrayList<>();
  private int maxSize = 4096;

  private boolean refusedByGo;

  private byte[] block = {};
  private int position;

  List<Field> decode(byte[] newBlock) {
    block = newBlock;
    position = 0;
    List<Field> fields = new ArrayList<>();
    while (position < block.length) {
      int first = block[position] & 0xff;
      if (first >= 0x80) {
        fields.add(at(integer(7)));
      } else if (first >= 0x40) {
        Field field = literal(integer(6), false);
        fields.add(field);
        table.add(0, field);
        evict();
      } else if (first >= 0x20) {
        refusedByGo |= position > 0 && !table.isEmpty();
        maxSize = integer(5);
        evict();
      } else {
        fields.add(literal(integer(4), first >= 0x10));
      }
    }
    return fields;
  }

  /**
   * Whether Go's decoder would have refused a block: it takes a size update behind something else,
   * another update included, only while its table is empty.
   */
  boolean refusedByGo() {
    return refusedByGo;
  }

  private Field literal(int nameIndex, boolean never) {
    String name = nameIndex == 0 ? string() : at(nameIndex).name();
    return new Field(name, string(), never);
  }

  private Field at(int index) {
    return index <= HpackStaticTable.LENGTH
        ? Field.of(HpackStaticTable.name(index), HpackStaticTable.value(index))
        : table.get(index - HpackStaticTable.LENGTH - 1);
  }

  private void evict() {
    int size = 0;
    for (int i = 0; i < table.size(); i++) {
      size += table.get(i).size();
      if (size > maxSize) {
        table.subList(i, table.size()).clear();
      }
    }
  }

  private String string() {
    boolean huffman = block[position] < 0;
    byte[] octets = new byte[integer(7)];
    System.arraycopy(block, position, octets, 0, octets.length);
    position += octets.length;
    return new String(huffman ? decodeHuffman(octets) : octets, ISO_8859_1);
  }

  private static byte[] decodeHuffman(byte[] octets) {
    try {
      byte[] text = new byte[HuffmanCode.decodedLength(octets, 0, octets.length)];
      HuffmanCode.decodePrefix(octets, 0, octets.length, text);
      return text;
    } catch (HpackException e) {
      throw new AssertionError(e);
    }
  }

  private int integer(int prefixBits) {
    int max = (1 << prefixBits) - 1;
    int value = block[position++] & max;
    if (value == max) {
      int shift = 0;
      int octet;
      do {
        octet = block[position++];
        value += (octet & 0x7f) << shift;
        shift += 7;
      } while (octet < 0);
    }
    return value;
  }
}
