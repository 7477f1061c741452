package io.tlstunnel.internal.relay;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http2.Http2Error;
import io.tlstunnel.internal.wire.FrameWriter;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Ends a client's connection without losing a request (RFC 9113, 6.8): a GOAWAY that names no
 * stream, a PING round trip in which the requests arrive that were already under way, then a GOAWAY
 * with the last of them.
 *
 * <pre>
 *   OPEN ──begin()──▶ ANNOUNCED ──PING ACK──▶ LAST_CALL
 * </pre>
 */
final class Drain {
  private enum Step {
    OPEN,
    ANNOUNCED,
    LAST_CALL
  }

  private final long ping = ThreadLocalRandom.current().nextLong();
  private Step step = Step.OPEN;
  private int lastStreamId = Integer.MAX_VALUE;
  private String why = "";

  boolean begun() {
    return step != Step.OPEN;
  }

  /**
   * The last stream that the client was told will be served; the largest id while it wasn't told.
   */
  int lastStreamId() {
    return lastStreamId;
  }

  /** Announces that the connection will end, unless that was done before. */
  void begin(String why, ByteBuf out) {
    if (announces(why)) {
      FrameWriter.goAway(out, Integer.MAX_VALUE, Http2Error.NO_ERROR, why);
      FrameWriter.ping(out, false, ping);
    }
  }

  /**
   * The same with the PING in front, for a connection on which nothing is served any more. Python's
   * h2 takes whatever follows a GOAWAY for a breach of HTTP/2, and drops the answers that it read
   * in the same piece. The ACK may then leave the client before it has read the GOAWAY, so the
   * caller goes on to answer for a moment behind the ACK.
   */
  void beginWithPing(String why, ByteBuf out) {
    if (announces(why)) {
      FrameWriter.ping(out, false, ping);
      FrameWriter.goAway(out, Integer.MAX_VALUE, Http2Error.NO_ERROR, why);
    }
  }

  private boolean announces(String why) {
    if (begun()) {
      return false;
    }
    step = Step.ANNOUNCED;
    this.why = why;
    return true;
  }

  /** Whether a PING ACK of the client's is for the drain's PING, and so must not be forwarded. */
  boolean owns(long payload) {
    return step != Step.OPEN && payload == ping;
  }

  /** The client has seen the announcement: whatever it opened before it has arrived. */
  void acknowledged(int lastSeen, ByteBuf out) {
    if (step == Step.ANNOUNCED) {
      step = Step.LAST_CALL;
      lastStreamId = lastSeen;
      FrameWriter.goAway(out, lastSeen, Http2Error.NO_ERROR, why);
    }
  }

  /** Whether nothing more may come, so that the connection ends with its last open stream. */
  boolean lastCall() {
    return step == Step.LAST_CALL;
  }
}
