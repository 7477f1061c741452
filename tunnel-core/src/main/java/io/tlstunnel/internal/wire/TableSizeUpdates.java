package io.tlstunnel.internal.wire;

/**
 * The dynamic table size updates of blocks that the remote will not see: they go in front of the
 * next block that it will. Two of them say all (RFC 7541, 4.2): the smallest size in the meantime,
 * which may evict, and the last.
 *
 * <p>Some decoders, Go's among them, take a second one only if their table is empty. So the first
 * of two empties it: 0 in place of the smallest size.
 */
final class TableSizeUpdates {
  private static final int NONE = -1;

  private int smallest = NONE;
  private int last = NONE;

  boolean isEmpty() {
    return last == NONE;
  }

  void add(int size) {
    smallest = isEmpty() ? size : Math.min(smallest, size);
    last = size;
  }

  void clear() {
    smallest = NONE;
    last = NONE;
  }

  void write(DynamicTable table, HpackOutput out) {
    if (smallest < last) {
      out.writeInteger(0x20, 5, 0);
      table.emptyRemote();
    }
    out.writeInteger(0x20, 5, last);
  }
}
