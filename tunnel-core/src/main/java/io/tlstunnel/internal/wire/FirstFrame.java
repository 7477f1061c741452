package io.tlstunnel.internal.wire;

import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2FrameTypes;

/** What a server must say first (RFC 9113, 3.4). */
public final class FirstFrame {
  private FirstFrame() {}

  /**
   * Checks the header of a connection's first frame: HTTP/1.1 and other strangers end here.
   *
   * @throws Http2Exception if the frame is no SETTINGS frame that can open a connection
   */
  public static void requireSettings(byte type, int flags, int streamId, int length)
      throws Http2Exception {
    if (type != Http2FrameTypes.SETTINGS
        || FrameFlags.has(flags, FrameFlags.ACK)
        || streamId != 0
        || length > FrameSplitter.DEFAULT_MAX_FRAME_SIZE) {
      throw Http2Exception.connectionError(
          Http2Error.PROTOCOL_ERROR, "its first bytes are not an HTTP/2 SETTINGS frame");
    }
  }
}
