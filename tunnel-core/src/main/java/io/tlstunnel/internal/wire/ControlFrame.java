package io.tlstunnel.internal.wire;

import static io.netty.handler.codec.http2.Http2Exception.connectionError;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2FrameTypes;

/**
 * Checks the frames that the tunnel takes instead of passing them on: whoever would have judged
 * them never sees them.
 */
public final class ControlFrame {
  private ControlFrame() {}

  /**
   * Checks the header of a SETTINGS frame (RFC 9113, 6.5).
   *
   * @throws Http2Exception if it is on a stream, or as long as no SETTINGS frame is
   */
  public static void requireSettings(int flags, int streamId, int length) throws Http2Exception {
    if (streamId != 0) {
      throw connectionError(Http2Error.PROTOCOL_ERROR, "SETTINGS on stream %d", streamId);
    }
    if (FrameFlags.has(flags, FrameFlags.ACK)) {
      if (length != 0) {
        throw connectionError(
            Http2Error.FRAME_SIZE_ERROR, "SETTINGS with ACK and %d bytes (expected: 0)", length);
      }
    } else if (length % FrameWriter.SETTING_LENGTH != 0) {
      throw connectionError(
          Http2Error.FRAME_SIZE_ERROR,
          "SETTINGS of %d bytes (expected: a multiple of %d)",
          length,
          FrameWriter.SETTING_LENGTH);
    }
  }

  /**
   * Checks the length of a frame on a stream: RST_STREAM (RFC 9113, 6.4) and WINDOW_UPDATE (6.9)
   * have one field. PRIORITY of another length costs only its stream (6.3), which is over here.
   *
   * @throws Http2Exception if the frame has another length
   */
  public static void requireLength(byte type, int length) throws Http2Exception {
    boolean oneField = type == Http2FrameTypes.RST_STREAM || type == Http2FrameTypes.WINDOW_UPDATE;
    if (oneField && length != Integer.BYTES) {
      throw connectionError(
          Http2Error.FRAME_SIZE_ERROR,
          "%s of %d bytes (expected: %d)",
          type == Http2FrameTypes.RST_STREAM ? "RST_STREAM" : "WINDOW_UPDATE",
          length,
          Integer.BYTES);
    }
  }

  /**
   * By how many bytes a WINDOW_UPDATE frame enlarges the connection's window; 0 if the frame is a
   * stream's, or malformed.
   */
  public static int connectionWindow(int streamId, int length, ByteBuf bytes, int payload) {
    return streamId == 0 && length == Integer.BYTES ? bytes.getInt(payload) & Integer.MAX_VALUE : 0;
  }
}
