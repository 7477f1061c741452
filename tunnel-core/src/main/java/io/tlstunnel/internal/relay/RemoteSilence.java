package io.tlstunnel.internal.relay;

import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Knows of a request that a client gives up whether the remote has sent a single byte since before
 * that request began: then not the call was slow, but the remote, or the way to it, said nothing.
 *
 * <p>Nothing is kept of a request, and no timer runs: the clock is read with the first request
 * behind a byte of the remote's.
 */
final class RemoteSilence {
  /** A shorter silence is told of nobody: calls are cancelled for many reasons. */
  static final long SHORTEST_NANOS = TimeUnit.SECONDS.toNanos(2);

  private final LongSupplier nanoTime;
  private boolean asked;
  private boolean told;
  private int firstStream;
  private long since;

  RemoteSilence(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  /** Something was read from the remote. */
  void heard() {
    asked = false;
  }

  /** A request leaves for the remote. */
  void asked(int streamId) {
    if (!asked) {
      asked = true;
      told = false;
      firstStream = streamId;
      since = nanoTime.getAsLong();
    }
  }

  /**
   * The client gives a request up.
   *
   * @return for how long the remote had said nothing, in nanoseconds; 0 if that is not worth
   *     telling
   */
  long givenUp(int streamId) {
    if (!asked || told || streamId < firstStream) {
      return 0;
    }
    long silence = nanoTime.getAsLong() - since;
    if (silence < SHORTEST_NANOS) {
      return 0;
    }
    told = true;
    return silence;
  }
}
