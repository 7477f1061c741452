package io.tlstunnel.internal.relay;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http2.Http2CodecUtil;
import io.tlstunnel.internal.wire.FrameWriter;

/**
 * The tunnel's first SETTINGS frame on a client's connection, which is the client's first from its
 * server: what may not change behind the first frame must not change in the remote's frames either.
 *
 * <p>Of the settings that are defined, that is one: SETTINGS_NO_RFC7540_PRIORITIES (RFC 9218, 2.1).
 * SETTINGS_ENABLE_CONNECT_PROTOCOL may grow from 0 to 1 and not shrink again (RFC 8441, 3): the
 * greeting leaves that one out, so that a remote may still say either. All others may change at any
 * time, and unknown ones are ignored (RFC 9113, 6.5.2).
 *
 * @param noRfc7540Priorities the value of SETTINGS_NO_RFC7540_PRIORITIES, 0 or 1; a frame without
 *     the setting says 0
 */
record Greeting(int noRfc7540Priorities) {
  /** What is said before a remote is known. */
  static final Greeting FIRST = new Greeting(0);

  private static final Greeting WITHOUT_PRIORITIES = new Greeting(1);

  /**
   * How many requests a client may begin before the remote has said how many it takes: what a
   * server should allow at least (RFC 9113, 6.5.2), and what nearly every one does.
   */
  private static final int STREAMS_BEFORE_SETTINGS = 100;

  private static final int NO_RFC7540_PRIORITIES = 0x9;

  /** What to greet the next clients with, if their remote is like the one that said this first. */
  static Greeting like(ByteBuf bytes, int payload, int length) {
    boolean without = false;
    for (int at = payload; at + FrameWriter.SETTING_LENGTH <= payload + length; ) {
      if (bytes.getUnsignedShort(at) == NO_RFC7540_PRIORITIES) {
        without = bytes.getUnsignedInt(at + Short.BYTES) == 1;
      }
      at += FrameWriter.SETTING_LENGTH;
    }
    return without ? WITHOUT_PRIORITIES : FIRST;
  }

  void write(ByteBuf out) {
    if (noRfc7540Priorities == 0) {
      FrameWriter.settings(
          out, Http2CodecUtil.SETTINGS_MAX_CONCURRENT_STREAMS, STREAMS_BEFORE_SETTINGS);
    } else {
      FrameWriter.settings(
          out,
          Http2CodecUtil.SETTINGS_MAX_CONCURRENT_STREAMS,
          STREAMS_BEFORE_SETTINGS,
          NO_RFC7540_PRIORITIES,
          noRfc7540Priorities);
    }
  }

  /**
   * What the client shall read where the remote says this. A value that no endpoint may send stays:
   * the client shall find it, as it would without a tunnel.
   */
  long reconciled(int id, long value) {
    return id == NO_RFC7540_PRIORITIES && value <= 1 ? noRfc7540Priorities : value;
  }
}
