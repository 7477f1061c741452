package io.tlstunnel.flood;

import io.tlstunnel.testpeer.Frame;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.function.IntFunction;

/** Frames of a flood, and header blocks as no encoder would write them. */
final class Requests {
  static final int CANCEL = 8;
  static final int END = Frame.END_HEADERS;
  static final int WHOLE = Frame.END_HEADERS | Frame.END_STREAM;

  /** Indices of the static table: POST, http, /; then an authority as a literal. */
  private static final byte[] SMALLEST = {(byte) 0x83, (byte) 0x86, (byte) 0x84, 0x01, 0x01, 'a'};

  private Requests() {}

  /** A request that is not gRPC, in 6 bytes. */
  static Frame smallest(int streamId, int flags) {
    return Frame.of(Frame.HEADERS, END | flags, streamId, SMALLEST);
  }

  /** A request that is gRPC and has a minute. */
  static Frame withDeadline(int streamId) {
    ByteArrayOutputStream block = new ByteArrayOutputStream();
    block.writeBytes(SMALLEST);
    block.writeBytes(new byte[] {0x0f, 0x10}); // content-type, without indexing
    block.writeBytes(string("application/grpc"));
    block.write(0x00);
    block.writeBytes(string("grpc-timeout"));
    block.writeBytes(string("1M"));
    return Frame.of(Frame.HEADERS, WHOLE, streamId, block.toByteArray());
  }

  /** The smallest request, and one field so many times, which takes a byte each. */
  static byte[] repeating(int index, int times) {
    byte[] block = Arrays.copyOf(SMALLEST, SMALLEST.length + times);
    Arrays.fill(block, SMALLEST.length, block.length, (byte) (0x80 | index));
    return block;
  }

  /** The smallest request, and a field that enters the dynamic table. */
  static byte[] indexing(String name, int valueLength) {
    ByteArrayOutputStream block = new ByteArrayOutputStream();
    block.writeBytes(SMALLEST);
    block.write(0x40);
    block.writeBytes(string(name));
    block.writeBytes(string("v".repeat(valueLength)));
    return block.toByteArray();
  }

  /** A string literal (RFC 7541, 5.2) of up to 16,000 bytes. */
  static byte[] string(String text) {
    byte[] octets = text.getBytes(StandardCharsets.US_ASCII);
    ByteArrayOutputStream literal = new ByteArrayOutputStream();
    if (octets.length < 127) {
      literal.write(octets.length);
    } else {
      int rest = octets.length - 127;
      literal.write(127);
      for (; rest > 127; rest >>>= 7) {
        literal.write((rest & 127) | 128);
      }
      literal.write(rest);
    }
    literal.writeBytes(octets);
    return literal.toByteArray();
  }

  /** HEADERS and as many CONTINUATION frames as the block needs. */
  static byte[] frames(int streamId, int flags, byte[] block) {
    int first = Math.min(block.length, 16_384);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    int end = first == block.length ? END : 0;
    bytes.writeBytes(
        Frame.of(Frame.HEADERS, flags | end, streamId, Arrays.copyOf(block, first)).encode());
    for (int at = first; at < block.length; at += 16_384) {
      int to = Math.min(at + 16_384, block.length);
      int last = to == block.length ? END : 0;
      bytes.writeBytes(
          Frame.of(Frame.CONTINUATION, last, streamId, Arrays.copyOfRange(block, at, to)).encode());
    }
    return bytes.toByteArray();
  }

  /** So many frames behind one another. */
  static byte[] many(int count, IntFunction<Frame> frame) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (int i = 0; i < count; i++) {
      bytes.writeBytes(frame.apply(i).encode());
    }
    return bytes.toByteArray();
  }

  /** A request and its reset, so many times, from a stream on. */
  static byte[] rapidResets(int firstStream, int count) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (int i = 0; i < count; i++) {
      int streamId = firstStream + 2 * i;
      bytes.writeBytes(smallest(streamId, Frame.END_STREAM).encode());
      bytes.writeBytes(Frame.reset(streamId, CANCEL).encode());
    }
    return bytes.toByteArray();
  }
}
