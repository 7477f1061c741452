package io.tlstunnel.internal.wire;

import io.tlstunnel.internal.wire.DynamicTable.Entry;
import org.jspecify.annotations.Nullable;

/**
 * A field that its block spells out, at least its value (RFC 7541, 6.2). Reused from field to
 * field.
 */
final class LiteralField {
  static final int INCREMENTAL = 0x40;
  private static final int INCREMENTAL_BITS = 6;
  private static final int NEVER_INDEXED = 0x10;
  private static final int OTHER_BITS = 4;

  private final HpackInput in;
  private final HpackString name = new HpackString();
  private final HpackString value = new HpackString();
  private final byte[] prefix = new byte[FieldMeaning.PREFIX_LENGTH];

  private int pattern;
  private int nameIndex;
  private @Nullable Entry named;

  FieldKind kind = FieldKind.REGULAR;

  /** See {@link FieldMeaning}. */
  long meaning;

  /** As RFC 7541, 4.1 counts it; Huffman-encoded strings as they are, unless they are indexed. */
  int size;

  LiteralField(HpackInput in) {
    this.in = in;
  }

  /** Reads a field of which the first octet was read. */
  void read(int first, DynamicTable table) throws HpackException {
    pattern = first >= INCREMENTAL ? INCREMENTAL : first & NEVER_INDEXED;
    nameIndex = in.readInteger(first, prefixBits());
    named = null;
    int nameLength;
    if (nameIndex > HpackStaticTable.LENGTH) {
      named = table.entry(nameIndex);
      kind = named.kind;
      nameLength = named.nameLength;
    } else if (nameIndex > 0) {
      kind = HpackStaticTable.kind(nameIndex);
      nameLength = HpackStaticTable.nameLength(nameIndex);
    } else {
      in.readString(name);
      kind = FieldNames.kindOf(name);
      nameLength = isIndexed() ? name.decodedLength() : name.length;
    }
    in.readString(value);
    meaning = FieldMeaning.of(kind, value, prefix);
    int valueLength = isIndexed() ? value.decodedLength() : value.length;
    size = nameLength + valueLength + DynamicTable.ENTRY_OVERHEAD;
  }

  boolean isIndexed() {
    return pattern == INCREMENTAL;
  }

  boolean isNeverIndexed() {
    return pattern == NEVER_INDEXED;
  }

  /** Checks what nobody will check if the remote does not get to see it. */
  void requireDecodable() throws HpackException {
    if (nameIndex == 0) {
      name.decodedLength();
    }
    value.decodedLength();
  }

  /** Writes the field for a remote whose table is as the client's was in front of it. */
  void write(DynamicTable table, HpackOutput out) {
    if (named == null) {
      out.writeBytes(in.array(), in.fieldStart(), in.position() - in.fieldStart());
      return;
    }
    if (named.isAtRemote()) {
      out.writeInteger(pattern, prefixBits(), table.remoteIndex(named));
    } else {
      table.writeName(named, pattern, prefixBits(), out);
    }
    out.writeBytes(value.array, value.literalStart, value.literalLength());
  }

  /** Adds the field to the client's table; null if it is larger than that. */
  @Nullable Entry addTo(DynamicTable table) throws HpackException {
    Entry added;
    if (named != null) {
      added = table.add(named, value);
    } else if (nameIndex > 0) {
      added = table.add(nameIndex, value);
    } else {
      added = table.add(name, value);
    }
    if (added != null) {
      added.kind = kind;
      added.meaning = meaning;
    }
    return added;
  }

  private int prefixBits() {
    return pattern == INCREMENTAL ? INCREMENTAL_BITS : OTHER_BITS;
  }
}
