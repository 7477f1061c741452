package io.tlstunnel.junit;

import java.time.Duration;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * A connection in the hands of a {@link ConnectionScript}. Its methods may be called by any thread.
 */
public interface ScriptedConnection {
  /** Which connection of the backend this is, from 1. */
  int number();

  /** Sends frames, in one go. */
  void send(Frame... frames);

  /** Sends bytes that need not be frames. */
  void sendBytes(byte[] bytes);

  /**
   * The next call that reaches this connection; waits for it.
   *
   * @throws AssertionError if none comes in time
   */
  RecordedCall awaitCall(Duration timeout) throws InterruptedException;

  /** The next frame that reaches this connection, HEADERS included; waits for it. */
  Frame awaitFrame(Duration timeout) throws InterruptedException;

  /** The next frame that fits; those before it are dropped. */
  Frame awaitFrame(Predicate<Frame> fits, Duration timeout) throws InterruptedException;

  /**
   * The next frame that reaches this connection, or empty if the client has closed it instead.
   *
   * @throws AssertionError if neither comes in time
   */
  Optional<Frame> nextFrame(Duration timeout) throws InterruptedException;

  /** Waits until the client has closed the connection; whether it did so in time. */
  boolean awaitClose(Duration timeout) throws InterruptedException;

  /** Ends the connection as TLS wants it: close_notify, then FIN. */
  void close();

  /** Ends the connection with FIN alone, as a crashed process does. */
  void cut();

  /** Ends the connection with RST. */
  void reset();
}
