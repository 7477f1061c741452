package io.tlstunnel.tests.hostile;

import io.tlstunnel.junit.Frame;
import io.tlstunnel.junit.ScriptedConnection;
import io.tlstunnel.junit.fault.Http2Code;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * How a client takes what a remote has done, as the remote sees it.
 *
 * @param code the error code, of {@link Kind#GOAWAY} and {@link Kind#RST_STREAM} only
 */
record Reaction(Kind kind, Http2Code code) {
  /** In the order of severity. */
  enum Kind {
    /** It answers a PING that came after it. */
    GOES_ON,
    RST_STREAM,
    GOAWAY,
    /** It closes the connection without a word. */
    CLOSES
  }

  static final Reaction GOES_ON = new Reaction(Kind.GOES_ON, Http2Code.NO_ERROR);
  static final Reaction CLOSES = new Reaction(Kind.CLOSES, Http2Code.NO_ERROR);

  /** Sent behind what the remote does wrong: a client that answers it has not minded. */
  static final Frame PROBE = Frame.ping(0x7072_6f62_6500_0000L);

  private static final Duration PATIENCE = Duration.ofSeconds(30);

  static Reaction goAway(Http2Code code) {
    return new Reaction(Kind.GOAWAY, code);
  }

  static Reaction reset(Http2Code code) {
    return new Reaction(Kind.RST_STREAM, code);
  }

  /**
   * Waits for the reaction to these frames. A client that goes on must have answered each SETTINGS
   * and each PING; one that says GOAWAY for an error must close (RFC 9113, 6.5.3, 6.7 and 5.4.1).
   */
  static Reaction to(Frame[] sent, ScriptedConnection connection) throws InterruptedException {
    List<Frame> answers = new ArrayList<>();
    while (true) {
      Optional<Frame> next = connection.nextFrame(PATIENCE);
      if (next.isEmpty()) {
        return CLOSES;
      }
      Frame frame = next.get();
      // CANCEL is no judgement: whoever made the call does not want it any more.
      if (frame.type() == Frame.RST_STREAM && frame.errorCode() != Http2Code.CANCEL) {
        return reset(frame.errorCode());
      }
      if (frame.type() == Frame.GOAWAY && frame.errorCode() != Http2Code.NO_ERROR) {
        if (!connection.awaitClose(PATIENCE)) {
          throw new AssertionError(frame.errorCode() + ", but the connection stays open");
        }
        return goAway(frame.errorCode());
      }
      if (frame.equals(Frame.pingAck(PROBE.payload()))) {
        return goesOn(sent, answers);
      }
      if (frame.has(Frame.ACK) && (frame.type() == Frame.PING || frame.type() == Frame.SETTINGS)) {
        answers.add(frame);
      }
    }
  }

  private static Reaction goesOn(Frame[] sent, List<Frame> answers) {
    List<Frame> expected = new ArrayList<>();
    expected.add(Frame.settingsAck()); // For those with which the connection began.
    Arrays.stream(sent)
        .filter(frame -> !frame.has(Frame.ACK))
        .forEach(
            frame -> {
              if (frame.type() == Frame.SETTINGS) {
                expected.add(Frame.settingsAck());
              } else if (frame.type() == Frame.PING) {
                expected.add(Frame.pingAck(frame.payload()));
              }
            });
    if (!answers.equals(expected)) {
      throw new AssertionError("answers: " + answers + " (expected: " + expected + ")");
    }
    return GOES_ON;
  }

  boolean endsConnection() {
    return kind == Kind.GOAWAY || kind == Kind.CLOSES;
  }

  @Override
  public String toString() {
    return switch (kind) {
      case GOES_ON -> "goes on";
      case CLOSES -> "closes";
      case RST_STREAM, GOAWAY -> kind + " " + code;
    };
  }
}
