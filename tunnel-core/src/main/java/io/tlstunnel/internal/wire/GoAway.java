package io.tlstunnel.internal.wire;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http2.Http2Error;

/**
 * What a GOAWAY frame says (RFC 9113, 6.8).
 *
 * @param lastStreamId no stream above it has been processed
 * @param error the HTTP/2 error code
 * @param text the additional debug data, as far as a log may repeat what a peer writes: printable
 *     ASCII, and not too much of it
 */
public record GoAway(int lastStreamId, long error, String text) {
  /** The payload without additional debug data. */
  public static final int MIN_LENGTH = 8;

  private static final int MAX_TEXT = 256;
  private static final int ERROR_CODE = 4;

  /** Reads a payload of {@link #MIN_LENGTH} or more bytes. */
  public static GoAway read(ByteBuf bytes, int payload, int length) {
    int textLength = length - MIN_LENGTH;
    StringBuilder text = new StringBuilder(Math.min(textLength, MAX_TEXT) + 1);
    for (int i = 0; i < Math.min(textLength, MAX_TEXT); i++) {
      int octet = bytes.getUnsignedByte(payload + MIN_LENGTH + i);
      text.append(octet >= ' ' && octet <= '~' ? (char) octet : '?');
    }
    if (textLength > MAX_TEXT) {
      text.append("...");
    }
    return new GoAway(
        bytes.getInt(payload) & Integer.MAX_VALUE,
        bytes.getUnsignedInt(payload + ERROR_CODE),
        text.toString());
  }

  public boolean isError() {
    return error != Http2Error.NO_ERROR.code();
  }

  /** The frame for a person: {@code GOAWAY ENHANCE_YOUR_CALM 'too_many_pings'}. */
  public String phrase() {
    Http2Error known = Http2Error.valueOf(error);
    String name = known == null ? Long.toString(error) : known.name();
    return "GOAWAY " + name + (text.isEmpty() ? "" : " '" + text + "'");
  }
}
