package io.tlstunnel.internal.wire;

import java.util.Arrays;

/**
 * The last request's header block and what became of it. A client that makes the same call again
 * sends the same octets, and as long as the {@linkplain DynamicTable#changes table has not changed}
 * they mean the same and become the same.
 *
 * <p>A call with a deadline is another block each time; then comparing is all that this costs.
 */
final class RememberedBlock {
  /** Longer ones are not worth their place in every idle connection. */
  private static final int MAX_OCTETS = 256;

  private static final byte[] NOTHING = {};

  private byte[] octets = NOTHING;
  private int length = -1;
  private byte[] output = NOTHING;
  private int outputLength;
  private long changes;
  private final BlockSummary summary = new BlockSummary();

  /** Whether all that {@code in} holds is this block, read by the same table. */
  boolean is(HpackInput in, DynamicTable table) {
    int position = in.position();
    return in.remaining() == length
        && table.changes() == changes
        && Arrays.equals(in.array(), position, position + length, octets, 0, length);
  }

  byte[] output() {
    return output;
  }

  int outputLength() {
    return outputLength;
  }

  BlockSummary summary() {
    return summary;
  }

  /** Remembers the block that ends where {@code in} stands, unless it is long. */
  void set(HpackInput in, int start, HpackOutput out, BlockSummary of, DynamicTable table) {
    int inLength = in.position() - start;
    if (inLength > MAX_OCTETS || out.length() > MAX_OCTETS) {
      return;
    }
    octets = copy(in.array(), start, inLength, octets);
    length = inLength;
    output = copy(out.array(), 0, out.length(), output);
    outputLength = out.length();
    changes = table.changes();
    summary.set(of);
  }

  private static byte[] copy(byte[] source, int start, int length, byte[] target) {
    byte[] fits = target.length >= length ? target : new byte[Math.min(2 * length, MAX_OCTETS)];
    System.arraycopy(source, start, fits, 0, length);
    return fits;
  }
}
