package io.tlstunnel.junit;

import io.tlstunnel.junit.fault.Http2Code;
import io.tlstunnel.junit.fault.Http2Fault;
import java.nio.ByteBuffer;

/**
 * How a connection ends, if it is told to.
 *
 * <pre>
 *   OPEN ──▶ ANNOUNCED ──▶ DRAINING ──▶ CLOSING
 *     └──────────────────────▲
 * </pre>
 */
final class Goodbye {
  private static final long OWN_PING = 0x6279_655f_6279_6521L;

  private enum State {
    OPEN,
    /** The first of two GOAWAYs has been sent, and a PING behind it. */
    ANNOUNCED,
    /** The last GOAWAY has been sent; the streams that it allows go on. */
    DRAINING,
    CLOSING
  }

  private final FrameFaults.Ends ends;
  private Http2Fault.GoAway goAway =
      new Http2Fault.GoAway(Http2Fault.Goodbye.ONE_STEP, Http2Code.NO_ERROR, "");
  private State state = State.OPEN;
  private int highestStream;
  private int lastStream = Integer.MAX_VALUE;
  private boolean idle;

  Goodbye(FrameFaults.Ends ends) {
    this.ends = ends;
  }

  /** Whether a new stream is beyond what the last GOAWAY allows; if not it is open now. */
  boolean excludes(int stream) {
    highestStream = Math.max(highestStream, stream);
    boolean excluded = stream > lastStream;
    idle &= excluded;
    return excluded;
  }

  void say(Http2Fault.GoAway fault, int stream, boolean nothingOpen) {
    if (state != State.OPEN) {
      return;
    }
    goAway = fault;
    idle = nothingOpen;
    switch (fault.goodbye()) {
      case TWO_STEP -> {
        state = State.ANNOUNCED;
        ends.toClient(Frame.goAway(Integer.MAX_VALUE, fault.code(), fault.debugData()));
        ends.toClient(Frame.ping(OWN_PING));
      }
      case ONE_STEP -> drain(stream);
      case REFUSING -> drain(stream - 2);
      case ABRUPT -> {
        drain(stream);
        close();
      }
    }
  }

  /**
   * Whether the client acknowledges the PING between the two GOAWAYs; the server never sent one.
   */
  boolean isOwnPing(Frame ping) {
    boolean own =
        ping.has(Frame.ACK)
            && state == State.ANNOUNCED
            && ByteBuffer.wrap(ping.payload()).getLong() == OWN_PING;
    if (own) {
      drain(highestStream);
      ends.flush();
    }
    return own;
  }

  void streamEnded(boolean nothingOpen) {
    idle = nothingOpen;
    if (state == State.DRAINING && idle) {
      close();
    }
  }

  private void drain(int last) {
    state = State.DRAINING;
    lastStream = Math.max(0, last);
    ends.toClient(Frame.goAway(lastStream, goAway.code(), goAway.debugData()));
    if (idle) {
      close();
    }
  }

  private void close() {
    if (state != State.CLOSING) {
      state = State.CLOSING;
      ends.closeWhenWritten();
    }
  }
}
