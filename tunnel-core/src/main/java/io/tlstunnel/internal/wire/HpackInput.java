package io.tlstunnel.internal.wire;

import io.netty.buffer.ByteBuf;

/**
 * Reads the primitives of HPACK (RFC 7541, 5) from a header block. Works on an array, because a
 * block is read byte by byte and a {@link ByteBuf} checks its bounds and its reference count for
 * each: one bulk copy is cheaper.
 */
final class HpackInput {
  private static final int INITIAL_CAPACITY = 1024;
  // Five continuation octets carry 35 bits: more than any value needs, so that more of them are
  // only a way to waste time.
  private static final int MAX_SHIFT = 28;

  private byte[] copy = new byte[INITIAL_CAPACITY];
  private byte[] array = copy;
  private int fieldStart;
  private int position;
  private int end;

  /** Takes all readable bytes. */
  void open(ByteBuf block) {
    int length = block.readableBytes();
    if (block.hasArray()) {
      array = block.array();
      position = block.arrayOffset() + block.readerIndex();
      block.skipBytes(length);
    } else {
      if (copy.length < length) {
        copy = new byte[Math.max(2 * copy.length, length)];
      }
      block.readBytes(copy, 0, length);
      array = copy;
      position = 0;
    }
    end = position + length;
  }

  /** How many octets have not been read. */
  int remaining() {
    return end - position;
  }

  boolean hasRemaining() {
    return position < end;
  }

  byte[] array() {
    return array;
  }

  /** Where the last {@link #readFirst} was. */
  int fieldStart() {
    return fieldStart;
  }

  int position() {
    return position;
  }

  /** The octet that begins a field, sign-extended. Call only if {@link #hasRemaining()}. */
  int readFirst() {
    fieldStart = position++;
    return array[fieldStart];
  }

  /** Reads an integer whose first octet is {@code first} (RFC 7541, 5.1). */
  int readInteger(int first, int prefixBits) throws HpackException {
    int max = (1 << prefixBits) - 1;
    int value = first & max;
    return value < max ? value : readContinuation(value);
  }

  private int readContinuation(int prefix) throws HpackException {
    long value = prefix;
    for (int shift = 0; shift <= MAX_SHIFT; shift += 7) {
      int octet = array[requirePosition()];
      value += (long) (octet & 0x7f) << shift;
      if (octet >= 0) {
        if (value > Integer.MAX_VALUE) {
          break;
        }
        return (int) value;
      }
    }
    throw new HpackException("integer too large (expected: < 2^31, in at most 6 octets)");
  }

  /** Reads a string literal (RFC 7541, 5.2). */
  void readString(HpackString string) throws HpackException {
    int literalStart = position;
    int first = array[requirePosition()];
    int length = readInteger(first, 7);
    if (length > end - position) {
      throw new HpackException(
          "string of " + length + " octets, " + (end - position) + " are left in the block");
    }
    string.set(array, literalStart, position, length, first < 0);
    position += length;
  }

  private int requirePosition() throws HpackException {
    if (position == end) {
      throw new HpackException("header block ends within a field");
    }
    return position++;
  }
}
