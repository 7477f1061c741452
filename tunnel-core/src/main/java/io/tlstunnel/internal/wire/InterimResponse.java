package io.tlstunnel.internal.wire;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.netty.buffer.ByteBuf;

/**
 * Tells an interim response (1xx; RFC 9113, 8.1) from a final one without decoding its block: of a
 * response {@code :status} is the first field, and the only codes in the static table are final
 * ones. However the field is spelled out, its value's first digit tells; a code that the remote has
 * put into its dynamic table is taken for a final one.
 */
public final class InterimResponse {
  private static final int FIRST_STATUS = 8;
  private static final int LAST_STATUS = 14;
  private static final int PRIORITY_LENGTH = 5;
  private static final int NO_STATUS = -1;

  private static final byte[] NAME = ":status".getBytes(US_ASCII);
  private static final byte[] HUFFMAN_NAME = HuffmanCode.encode(NAME);

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
      at = afterInteger(bytes, at, end, 0x1f);
    }
    if (at >= end || bytes.getByte(at) < 0) {
      return false;
    }
    int value = statusValue(bytes, at, end);
    return value != NO_STATUS && value + 1 < end && beginsWithOne(bytes, value);
  }

  private static boolean isTableSizeUpdate(byte first) {
    return (first & 0xe0) == 0x20;
  }

  private static int afterInteger(ByteBuf bytes, int at, int end, int max) {
    if ((bytes.getByte(at) & max) != max) {
      return at + 1;
    }
    int last = at + 1;
    while (last < end && bytes.getByte(last) < 0) {
      last++;
    }
    return last + 1;
  }

  /** Where the value of a literal field begins if its name is, or can only be, :status. */
  private static int statusValue(ByteBuf bytes, int at, int end) {
    int max = bytes.getByte(at) >= LiteralField.INCREMENTAL ? 0x3f : 0x0f;
    int index = bytes.getByte(at) & max;
    if (index == 0) {
      return afterStatusName(bytes, at + 1, end);
    }
    int value = afterInteger(bytes, at, end, max);
    if (index == max && value == at + 2 && value <= end) {
      index += bytes.getByte(at + 1);
    } else if (index == max) {
      index = Integer.MAX_VALUE;
    }
    // A name of the dynamic table is taken for the one that a response begins with.
    boolean status = index >= FIRST_STATUS && index <= LAST_STATUS;
    return status || index > HpackStaticTable.LENGTH ? value : NO_STATUS;
  }

  private static int afterStatusName(ByteBuf bytes, int at, int end) {
    if (at < end) {
      byte[] name = bytes.getByte(at) < 0 ? HUFFMAN_NAME : NAME;
      int value = at + 1 + name.length;
      if ((bytes.getByte(at) & 0x7f) == name.length && value <= end) {
        for (int i = 0; i < name.length; i++) {
          if (bytes.getByte(at + 1 + i) != name[i]) {
            return NO_STATUS;
          }
        }
        return value;
      }
    }
    return NO_STATUS;
  }

  /** As it is, or as its five bits of Huffman code: 00001. */
  private static boolean beginsWithOne(ByteBuf bytes, int valueAt) {
    byte digit = bytes.getByte(valueAt + 1);
    return bytes.getByte(valueAt) < 0 ? (digit & 0xf8) == 0x08 : digit == '1';
  }
}
