package io.tlstunnel.internal.wire;

import io.netty.buffer.ByteBuf;

/**
 * Tells an interim response (1xx; RFC 9113, 8.1) from a final one without decoding its block: of a
 * response {@code :status} is the first field, and the only codes in the static table are final
 * ones. A code that the remote has put into its dynamic table is taken for a final one.
 */
public final class InterimResponse {
  private static final int FIRST_STATUS = 8;
  private static final int LAST_STATUS = 14;
  private static final int PRIORITY_LENGTH = 5;

  private InterimResponse() {}

  /** Whether a HEADERS frame, of which perhaps only the beginning is there, begins with a 1xx. */
  public static boolean begins(int flags, int length, ByteBuf bytes, int payloadIndex) {
    int end = Math.min(payloadIndex + length, bytes.writerIndex());
    int at = payloadIndex;
    if (FrameFlags.has(flags, FrameFlags.PADDED)) {
      at++;
    }
    if (FrameFlags.has(flags, FrameFlags.PRIORITY)) {
      at += PRIORITY_LENGTH;
    }
    while (at < end && isTableSizeUpdate(bytes.getByte(at))) {
      at = afterInteger(bytes, at, end);
    }
    // The field's first octet, its value's length, and the code's first digit.
    return at + 2 < end && isLiteralStatus(bytes.getByte(at)) && beginsWithOne(bytes, at + 1);
  }

  private static boolean isTableSizeUpdate(byte first) {
    return (first & 0xe0) == 0x20;
  }

  private static int afterInteger(ByteBuf bytes, int at, int end) {
    if ((bytes.getByte(at) & 0x1f) != 0x1f) {
      return at + 1;
    }
    int last = at + 1;
    while (last < end && bytes.getByte(last) < 0) {
      last++;
    }
    return last + 1;
  }

  private static boolean isLiteralStatus(byte first) {
    boolean indexing = (first & 0xc0) == LiteralField.INCREMENTAL;
    boolean other = (first & 0xe0) == 0;
    int name = first & (indexing ? 0x3f : 0x0f);
    return (indexing || other) && name >= FIRST_STATUS && name <= LAST_STATUS;
  }

  /** As it is, or as its five bits of Huffman code: 00001. */
  private static boolean beginsWithOne(ByteBuf bytes, int valueAt) {
    byte digit = bytes.getByte(valueAt + 1);
    return bytes.getByte(valueAt) < 0 ? (digit & 0xf8) == 0x08 : digit == '1';
  }
}
