package io.tlstunnel.tests.hostile;

import io.grpc.Status;
import io.tlstunnel.junit.Frame;
import io.tlstunnel.junit.fault.Http2Code;

/**
 * Something that a remote does when a call has reached it, and how grpc-java takes it.
 *
 * @param row the section of RFC 9113, and a number
 * @param frames what the remote sends
 * @param answered whether a whole response is among the frames; if not, and the client goes on, one
 *     follows
 * @param status what the call comes to
 * @param reaction what the remote sees of it
 */
record HostileCase(
    String row,
    String title,
    Frames frames,
    boolean answered,
    Status.Code status,
    Reaction reaction) {

  /** What the remote sends on a stream. */
  @FunctionalInterface
  interface Frames {
    Frame[] on(int stream);
  }

  /** What a client has to put up with. */
  static HostileCase allowed(String row, String title, Frames frames) {
    return new HostileCase(row, title, frames, false, Status.Code.OK, Reaction.GOES_ON);
  }

  /** A whole response that is allowed to look like this. */
  static HostileCase response(String row, String title, Frames frames) {
    return new HostileCase(row, title, frames, true, Status.Code.OK, Reaction.GOES_ON);
  }

  /** What has to end the connection (RFC 9113, 5.4.1). */
  static HostileCase endsConnection(String row, String title, Http2Code code, Frames frames) {
    return new HostileCase(row, title, frames, true, Status.Code.INTERNAL, Reaction.goAway(code));
  }

  /** What has to end the stream at least (RFC 9113, 5.4.2). */
  static HostileCase endsStream(String row, String title, Http2Code code, Frames frames) {
    return new HostileCase(row, title, frames, true, Status.Code.INTERNAL, Reaction.reset(code));
  }

  /** The same, where the call has failed for another reason before. */
  HostileCase when(Status.Code status) {
    return new HostileCase(row, title, frames, answered, status, reaction);
  }

  /** Whether it fits into one TLS record, so that it reaches a client at once. */
  boolean isShort() {
    int length = Reaction.PROBE.encode().length;
    for (Frame frame : frames.on(1)) {
      length += frame.encode().length;
    }
    return length <= Payloads.TLS_RECORD;
  }

  @Override
  public String toString() {
    return row + " " + title;
  }
}
