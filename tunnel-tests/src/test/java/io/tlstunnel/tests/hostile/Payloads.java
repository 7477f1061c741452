package io.tlstunnel.tests.hostile;

import io.tlstunnel.junit.Frame;
import java.util.Arrays;

/** The bytes that the cases have in common. */
final class Payloads {
  /** What every endpoint takes (RFC 9113, 4.2). */
  static final int MAX_FRAME = 16_384;

  /** What a TLS record holds at most (RFC 8446, 5.1). */
  static final int TLS_RECORD = 16_384;

  /** Before each gRPC message: compressed or not, and its length. */
  static final int GRPC_PREFIX = 5;

  /** The headers of a response, as a header block. */
  static final byte[] BLOCK = Frame.responseHeaders(1).payload();

  /** A field that may be added to any block, as a header block. */
  static final byte[] FIELD = Frame.headers(1, false, "x-field", "value").payload();

  private Payloads() {}

  static byte[] joined(byte[] first, byte[] second) {
    byte[] all = Arrays.copyOf(first, first.length + second.length);
    System.arraycopy(second, 0, all, first.length, second.length);
    return all;
  }

  /** A sound HEADERS frame, as long as this. */
  static Frame headersOfLength(int stream, int length) {
    byte[] block = BLOCK;
    while (block.length + FIELD.length <= length) {
      block = joined(block, FIELD);
    }
    int missing = length - block.length;
    // Table size updates to 0 and back are no fields: bytes that may stand before the first one.
    byte[] padded = new byte[missing];
    Arrays.fill(padded, (byte) 0x20);
    return Frame.headers(stream, false, joined(padded, block));
  }

  /** HEADERS that are followed by CONTINUATION. */
  static Frame unfinished(int stream, boolean endStream) {
    return new Frame(Frame.HEADERS, endStream ? Frame.END_STREAM : 0, stream, BLOCK);
  }
}
