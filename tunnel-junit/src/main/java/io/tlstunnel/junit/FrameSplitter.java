package io.tlstunnel.junit;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.function.Consumer;

/** Cuts a stream of bytes into HTTP/2 frames; what comes before them, the preface, is one piece. */
final class FrameSplitter {
  static final int FRAME_HEADER = 9;

  private int prefaceLength;
  private ByteBuf pending = Unpooled.EMPTY_BUFFER;

  FrameSplitter(int prefaceLength) {
    this.prefaceLength = prefaceLength;
  }

  /** Takes over the bytes and hands over every whole piece that there is now. */
  void feed(ByteBuf bytes, Consumer<ByteBuf> pieces) {
    pending = pending.isReadable() ? Unpooled.wrappedBuffer(pending, bytes) : bytes;
    while (pending.readableBytes() >= nextLength()) {
      int length = nextLength();
      prefaceLength = 0;
      pieces.accept(pending.readRetainedSlice(length));
    }
    if (!pending.isReadable()) {
      release();
    }
  }

  boolean isAtFrameBoundary() {
    return !pending.isReadable();
  }

  void release() {
    pending.release();
    pending = Unpooled.EMPTY_BUFFER;
  }

  static int streamOf(ByteBuf frame) {
    return frame.getInt(frame.readerIndex() + 5) & 0x7fff_ffff;
  }

  private int nextLength() {
    if (prefaceLength > 0) {
      return prefaceLength;
    }
    return pending.readableBytes() < FRAME_HEADER
        ? FRAME_HEADER
        : FRAME_HEADER + pending.getUnsignedMedium(pending.readerIndex());
  }
}
