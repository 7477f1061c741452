package io.tlstunnel.junit.fault;

import java.time.Duration;
import java.util.Objects;

/** What a remote does wrong, or unexpectedly, in HTTP/2. */
public sealed interface Http2Fault extends Fault {
  /** When in the life of a response something happens. */
  enum Moment {
    /** Instead of response headers; the service never sees the call. */
    BEFORE_HEADERS,
    /** Behind the response headers. */
    AFTER_HEADERS,
    /** In the first message: half of its DATA frame has been sent. */
    IN_DATA,
    /** Instead of the trailers: all messages have been sent. */
    AFTER_DATA
  }

  /** How a connection says goodbye. */
  enum Goodbye {
    /** One GOAWAY that names the last call; the connection closes when its calls have ended. */
    ONE_STEP,
    /** A GOAWAY for later, a PING, and when that is acknowledged the real GOAWAY; then as above. */
    TWO_STEP,
    /** One GOAWAY that excludes the call which caused it: the client may send that again. */
    REFUSING,
    /** One GOAWAY, and the connection closes at once. */
    ABRUPT
  }

  /** The connection ends in one of several ways when a call comes. The service sees the call. */
  record GoAway(Goodbye goodbye, Http2Code code, String debugData) implements Http2Fault {
    public GoAway {
      Objects.requireNonNull(goodbye, "goodbye");
      Objects.requireNonNull(code, "code");
      Objects.requireNonNull(debugData, "debugData");
    }
  }

  /** The call's stream is reset. */
  record ResetStream(Http2Code code, Moment moment) implements Http2Fault {
    public ResetStream {
      Objects.requireNonNull(code, "code");
      Objects.requireNonNull(moment, "moment");
    }
  }

  /** The response ends without trailers, and so without a gRPC status. */
  record MissingTrailers() implements Http2Fault {}

  /**
   * The response headers have an additional field {@code x-oversized}.
   *
   * @param bytes length of its value
   */
  record OversizedHeaders(int bytes) implements Http2Fault {
    public OversizedHeaders {
      if (bytes < 1) {
        throw new IllegalArgumentException("bytes: " + bytes + " (expected: at least 1)");
      }
    }
  }

  /** The remote's SETTINGS allow this many streams at the same time. */
  record MaxStreams(int streams) implements Http2Fault {
    public MaxStreams {
      if (streams < 0) {
        throw new IllegalArgumentException("streams: " + streams + " (expected: 0 or more)");
      }
    }

    @Override
    public Target target() {
      return Target.CONNECTION;
    }
  }

  /** The remote's initial window is 0 and never grows: it takes no byte of a request's body. */
  record StalledWindow() implements Http2Fault {
    @Override
    public Target target() {
      return Target.CONNECTION;
    }
  }

  /** Nothing of HTTP/2 is sent before the delay is over, not even SETTINGS. */
  record LateSettings(Duration delay) implements Http2Fault {
    public LateSettings {
      if (delay.isNegative()) {
        throw new IllegalArgumentException("delay: " + delay + " (expected: 0 or more)");
      }
    }

    @Override
    public Target target() {
      return Target.CONNECTION;
    }
  }

  /** A graceful GOAWAY in one step: code NO_ERROR, the call that caused it is the last. */
  static Http2Fault goAway() {
    return goAway(Goodbye.ONE_STEP, Http2Code.NO_ERROR);
  }

  /** A GOAWAY of any kind. */
  static Http2Fault goAway(Goodbye goodbye, Http2Code code) {
    return new GoAway(goodbye, code, "");
  }

  /** What a gRPC server does to a client that sends PINGs too often. */
  static Http2Fault enhanceYourCalm() {
    return new GoAway(Goodbye.ABRUPT, Http2Code.ENHANCE_YOUR_CALM, "too_many_pings");
  }

  /** Resets the call. */
  static Http2Fault reset(Http2Code code, Moment moment) {
    return new ResetStream(code, moment);
  }

  /** Resets the call with the promise that nobody has seen it. */
  static Http2Fault refusedStream() {
    return new ResetStream(Http2Code.REFUSED_STREAM, Moment.BEFORE_HEADERS);
  }

  /** The response ends without trailers. */
  static Http2Fault missingTrailers() {
    return new MissingTrailers();
  }

  /** The response headers are as large as this. */
  static Http2Fault oversizedHeaders(int bytes) {
    return new OversizedHeaders(bytes);
  }

  /** The remote allows only so many streams at the same time. */
  static Http2Fault maxStreams(int streams) {
    return new MaxStreams(streams);
  }

  /** The remote takes no request bodies. */
  static Http2Fault stalledWindow() {
    return new StalledWindow();
  }

  /** The remote is slow to begin. */
  static Http2Fault lateSettings(Duration delay) {
    return new LateSettings(delay);
  }

  @Override
  default Target target() {
    return Target.CALL;
  }
}
