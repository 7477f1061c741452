package io.tlstunnel.tests.hostile;

import io.grpc.Status;

/**
 * What came of one call to a hostile remote.
 *
 * @param status the call's one terminal status
 * @param reaction what the remote saw of it
 * @param next the status of the call after it
 * @param anotherConnection whether that one went to a connection of its own
 */
record Outcome(Status.Code status, Reaction reaction, Status.Code next, boolean anotherConnection) {

  static Outcome of(HostileCase hostile) {
    return new Outcome(
        hostile.status(), hostile.reaction(), Status.Code.OK, hostile.reaction().endsConnection());
  }

  /** The same, if the client's GOAWAY is lost on the way because the remote goes on writing. */
  Outcome withoutLastWords() {
    return reaction.endsConnection()
        ? new Outcome(status, Reaction.CLOSES, next, anotherConnection)
        : this;
  }
}
