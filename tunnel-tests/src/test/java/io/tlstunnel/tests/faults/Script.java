package io.tlstunnel.tests.faults;

import io.tlstunnel.junit.Frame;
import io.tlstunnel.junit.RecordedCall;
import io.tlstunnel.junit.ScriptedConnection;
import java.time.Duration;

/** What scripted remotes do in common. */
final class Script {
  static final Duration PATIENCE = Duration.ofSeconds(20);

  private static final byte[] ECHO = {1, 2, 3};

  private Script() {}

  static RecordedCall awaitCall(ScriptedConnection connection) throws InterruptedException {
    return connection.awaitCall(PATIENCE);
  }

  /** Answers a call as {@link Methods#ECHO} answers the rig's. */
  static void answer(ScriptedConnection connection, RecordedCall call) {
    connection.send(
        Frame.responseHeaders(call.stream()),
        Frame.message(call.stream(), ECHO),
        Frame.trailers(call.stream(), 0, ""));
  }

  /** Answers one call, and waits until the client leaves. */
  static void answerOne(ScriptedConnection connection) throws InterruptedException {
    answer(connection, awaitCall(connection));
    boolean left = connection.awaitClose(PATIENCE);
    assert left;
  }

  /** Begins a response: headers and so many messages. */
  static void begin(ScriptedConnection connection, RecordedCall call, int messages) {
    connection.send(Frame.responseHeaders(call.stream()));
    for (int i = 0; i < messages; i++) {
      connection.send(Frame.message(call.stream(), ECHO));
    }
  }
}
