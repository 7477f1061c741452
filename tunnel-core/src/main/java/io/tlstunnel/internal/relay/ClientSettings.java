package io.tlstunnel.internal.relay;

import static io.tlstunnel.internal.wire.FrameWriter.SETTING_LENGTH;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http2.Http2CodecUtil;

/** What the client's SETTINGS say to whoever answers it, which may become the tunnel. */
final class ClientSettings {
  private int frames;
  private long headerTableSize = Http2CodecUtil.DEFAULT_HEADER_TABLE_SIZE;
  private long initialWindowSize = Http2CodecUtil.DEFAULT_WINDOW_SIZE;

  /** Reads the payload of a SETTINGS frame of the client's. */
  void read(ByteBuf bytes, int payload, int length) {
    frames++;
    for (int at = payload; at + SETTING_LENGTH <= payload + length; at += SETTING_LENGTH) {
      int id = bytes.getUnsignedShort(at);
      long value = bytes.getUnsignedInt(at + 2);
      if (id == Http2CodecUtil.SETTINGS_HEADER_TABLE_SIZE) {
        headerTableSize = value;
      } else if (id == Http2CodecUtil.SETTINGS_INITIAL_WINDOW_SIZE) {
        initialWindowSize = value;
      }
    }
  }

  /** What waited is about to be read again: its frames must not count twice. */
  void countAnew() {
    frames = 0;
  }

  /** How many SETTINGS frames have come: each wants an ACK of whoever is the server. */
  int frames() {
    return frames;
  }

  /**
   * Whether a header block of the tunnel's must begin by saying that it uses a smaller table (RFC
   * 7541, 4.2): the tunnel's blocks use none.
   */
  boolean wantsTableSizeUpdate() {
    return headerTableSize < Http2CodecUtil.DEFAULT_HEADER_TABLE_SIZE;
  }

  long headerTableSize() {
    return headerTableSize;
  }

  /** How many bytes of DATA a fresh stream may carry. */
  long initialWindowSize() {
    return initialWindowSize;
  }
}
