package io.tlstunnel.internal.relay;

import io.tlstunnel.event.Limit;

/**
 * By how much the header blocks of one read grow on their way. A reference of some bits to a table
 * entry that the receiver lacks, since it came with a block that was kept from it, leaves as a
 * literal as large as the table; what is read in one go may grow by so much and no more. Behind it
 * reading stops if the receiver does not keep up.
 */
final class Growth {
  /** A block that grows by less than this is what replacing {@code :authority} does. */
  private static final int USUAL = 1_024;

  private static final int MAX = 4 * 1_024 * 1_024;

  private long bytes;

  /** Takes note of a block. */
  void add(int before, int after) throws LimitException {
    if (after - before > USUAL) {
      bytes += after - before;
      if (bytes > MAX) {
        throw new LimitException(
            Limit.HEADER_EXPANSION,
            "header blocks refer too often to what was refused: they grow by " + bytes + " bytes");
      }
    }
  }

  /** All of a read has been seen. */
  void readComplete() {
    bytes = 0;
  }
}
