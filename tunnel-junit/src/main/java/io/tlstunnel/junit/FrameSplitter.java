package io.tlstunnel.junit;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.util.function.Consumer;

/** Cuts a stream of bytes into HTTP/2 frames, behind a preface where there is one. */
final class FrameSplitter {
  static final int FRAME_HEADER = 9;
  static final int CLIENT_PREFACE = 24;

  private final Consumer<ByteBuf> prefaces;
  private final Consumer<Frame> frames;
  private int prefaceLength;
  private ByteBuf pending = Unpooled.EMPTY_BUFFER;

  private FrameSplitter(int prefaceLength, Consumer<ByteBuf> prefaces, Consumer<Frame> frames) {
    this.prefaceLength = prefaceLength;
    this.prefaces = prefaces;
    this.frames = frames;
  }

  /** For what a client sends: its preface first. */
  static FrameSplitter ofClient(Consumer<ByteBuf> preface, Consumer<Frame> frames) {
    return new FrameSplitter(CLIENT_PREFACE, preface, frames);
  }

  /** For what a server sends: frames only. */
  static FrameSplitter ofServer(Consumer<Frame> frames) {
    return new FrameSplitter(0, ByteBuf::release, frames);
  }

  /** Takes over the bytes and hands over every whole frame that there is now. */
  void feed(ByteBuf bytes) {
    pending = pending.isReadable() ? Unpooled.wrappedBuffer(pending, bytes) : replace(bytes);
    if (prefaceLength > 0 && pending.readableBytes() >= prefaceLength) {
      ByteBuf preface = pending.readRetainedSlice(prefaceLength);
      prefaceLength = 0;
      prefaces.accept(preface);
    }
    while (prefaceLength == 0 && pending.readableBytes() >= nextLength()) {
      frames.accept(next());
    }
    if (!pending.isReadable()) {
      release();
    }
  }

  boolean isAtFrameBoundary() {
    return !pending.isReadable();
  }

  void release() {
    replace(Unpooled.EMPTY_BUFFER);
  }

  private ByteBuf replace(ByteBuf next) {
    pending.release();
    pending = next;
    return next;
  }

  private int nextLength() {
    return pending.readableBytes() < FRAME_HEADER
        ? FRAME_HEADER
        : FRAME_HEADER + pending.getUnsignedMedium(pending.readerIndex());
  }

  private Frame next() {
    int length = pending.readUnsignedMedium();
    int type = pending.readUnsignedByte();
    int flags = pending.readUnsignedByte();
    int stream = pending.readInt() & 0x7fff_ffff;
    Frame frame =
        new Frame(
            type, flags, stream, ByteBufUtil.getBytes(pending, pending.readerIndex(), length));
    pending.skipBytes(length);
    return frame;
  }
}
