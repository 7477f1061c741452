package io.tlstunnel.internal.wire;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Recognizes literal names without decoding them: a string has one plain and exactly one Huffman
 * form, so comparing octets is enough. Tables keep the {@link FieldKind} with their entries; only
 * literal names come here.
 */
final class FieldNames {
  private static final int MAX_LENGTH = 12;
  private static final Form[][] PLAIN_BY_LENGTH = byLength(false);
  private static final Form[][] HUFFMAN_BY_LENGTH = byLength(true);

  private static final class Form {
    final FieldKind kind;
    final byte[] octets;

    Form(FieldKind kind, byte[] octets) {
      this.kind = kind;
      this.octets = octets;
    }
  }

  private FieldNames() {}

  static FieldKind kindOf(HpackString name) {
    return kindOf(name.array, name.start, name.length, name.huffman);
  }

  static FieldKind kindOf(byte[] array, int start, int length, boolean huffman) {
    if (length == 0) {
      return FieldKind.REGULAR;
    }
    if (length <= MAX_LENGTH) {
      for (Form form : (huffman ? HUFFMAN_BY_LENGTH : PLAIN_BY_LENGTH)[length]) {
        if (Arrays.equals(array, start, start + length, form.octets, 0, length)) {
          return form.kind;
        }
      }
    }
    // A colon in front: as it is, or as its seven bits of Huffman code.
    boolean pseudo = huffman ? (array[start] & 0xfe) == 0xb8 : array[start] == ':';
    return pseudo ? FieldKind.OTHER_PSEUDO : FieldKind.REGULAR;
  }

  private static Form[][] byLength(boolean huffman) {
    List<List<Form>> byLength = new ArrayList<>();
    for (int length = 0; length <= MAX_LENGTH; length++) {
      byLength.add(new ArrayList<>());
    }
    for (FieldKind kind : FieldKind.values()) {
      if (kind.fieldName != null) {
        byte[] plain = kind.fieldName.getBytes(US_ASCII);
        byte[] octets = huffman ? HuffmanCode.encode(plain) : plain;
        byLength.get(octets.length).add(new Form(kind, octets));
      }
    }
    return byLength.stream().map(forms -> forms.toArray(Form[]::new)).toArray(Form[][]::new);
  }
}
