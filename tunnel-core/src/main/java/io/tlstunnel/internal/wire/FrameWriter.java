package io.tlstunnel.internal.wire;

import static io.tlstunnel.internal.wire.FrameSplitter.DEFAULT_MAX_FRAME_SIZE;
import static io.tlstunnel.internal.wire.FrameSplitter.HEADER_LENGTH;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2FrameTypes;
import java.nio.charset.StandardCharsets;

/** Appends the frames that the tunnel itself has to say. */
public final class FrameWriter {
  /** The length of one setting: its id and its value (RFC 9113, 6.5.1). */
  public static final int SETTING_LENGTH = Short.BYTES + Integer.BYTES;

  private static final int MAX_DEBUG_DATA = 1_024;

  private FrameWriter() {}

  /** A SETTINGS frame, from ids and values in turn. */
  public static void settings(ByteBuf out, int... idsAndValues) {
    header(out, idsAndValues.length / 2 * SETTING_LENGTH, Http2FrameTypes.SETTINGS, 0, 0);
    for (int i = 0; i < idsAndValues.length; i += 2) {
      out.writeShort(idsAndValues[i]).writeInt(idsAndValues[i + 1]);
    }
  }

  public static void settingsAck(ByteBuf out) {
    header(out, 0, Http2FrameTypes.SETTINGS, FrameFlags.ACK, 0);
  }

  public static void resetStream(ByteBuf out, int streamId, Http2Error error) {
    header(out, 4, Http2FrameTypes.RST_STREAM, 0, streamId);
    out.writeInt((int) error.code());
  }

  public static void windowUpdate(ByteBuf out, int streamId, int increment) {
    header(out, 4, Http2FrameTypes.WINDOW_UPDATE, 0, streamId);
    out.writeInt(increment);
  }

  public static void ping(ByteBuf out, boolean ack, long payload) {
    header(out, Long.BYTES, Http2FrameTypes.PING, ack ? FrameFlags.ACK : 0, 0);
    out.writeLong(payload);
  }

  /** GOAWAY with a text for people as its debug data, cut to 1 KiB. */
  public static void goAway(ByteBuf out, int lastStreamId, Http2Error error, String debug) {
    byte[] text = debug.getBytes(StandardCharsets.UTF_8);
    int textLength = Math.min(text.length, MAX_DEBUG_DATA);
    header(out, 8 + textLength, Http2FrameTypes.GO_AWAY, 0, 0);
    out.writeInt(lastStreamId).writeInt((int) error.code()).writeBytes(text, 0, textLength);
  }

  /** DATA that ends the stream. */
  public static void lastData(ByteBuf out, int streamId, byte[] payload) {
    header(out, payload.length, Http2FrameTypes.DATA, FrameFlags.END_STREAM, streamId);
    out.writeBytes(payload);
  }

  public static void header(ByteBuf out, int length, byte type, int flags, int streamId) {
    out.writeMedium(length).writeByte(type).writeByte(flags).writeInt(streamId);
  }

  /**
   * Begins a frame whose length is not known yet, to be closed by {@link #endHeaders}.
   *
   * @return the index at which the frame begins
   */
  public static int beginHeaders(ByteBuf out, int flags, int streamId) {
    int start = out.writerIndex();
    header(out, 0, Http2FrameTypes.HEADERS, flags | FrameFlags.END_HEADERS, streamId);
    return start;
  }

  /**
   * Ends the HEADERS frame begun at {@code start} and adds {@code padding} zero bytes. What exceeds
   * a frame of the default size goes into CONTINUATION frames, with nothing between them.
   */
  public static void endHeaders(ByteBuf out, int start, int padding) {
    int length = out.writerIndex() - start - HEADER_LENGTH;
    if (length + padding <= DEFAULT_MAX_FRAME_SIZE) {
      out.setMedium(start, length + padding);
      out.writeZero(padding);
      return;
    }
    int first = DEFAULT_MAX_FRAME_SIZE - padding;
    int streamId = out.getInt(start + 5);
    ByteBuf rest = out.copy(start + HEADER_LENGTH + first, length - first);
    try {
      out.writerIndex(start + HEADER_LENGTH + first).writeZero(padding);
      out.setMedium(start, DEFAULT_MAX_FRAME_SIZE);
      out.setByte(start + 4, out.getByte(start + 4) & ~FrameFlags.END_HEADERS);
      while (rest.isReadable()) {
        int size = Math.min(rest.readableBytes(), DEFAULT_MAX_FRAME_SIZE);
        int flags = size == rest.readableBytes() ? FrameFlags.END_HEADERS : 0;
        header(out, size, Http2FrameTypes.CONTINUATION, flags, streamId);
        out.writeBytes(rest, size);
      }
    } finally {
      rest.release();
    }
  }
}
