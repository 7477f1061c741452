package io.tlstunnel.internal.relay;

import java.util.concurrent.TimeUnit;

/**
 * Why a client has no remote, and since when. A request that comes at once is told that; one that
 * comes later has the route tried again.
 *
 * @param since as {@link System#nanoTime} counts
 */
record FailedRoute(LocalReply reply, long since) {
  /**
   * The requests of many callers, and those that were on their way, share one attempt. A client
   * that asks without end makes ten attempts a second at most.
   */
  static final long FRESH_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  static FailedRoute now(LocalReply reply) {
    return new FailedRoute(reply, System.nanoTime());
  }

  boolean fresh() {
    return System.nanoTime() - since < FRESH_NANOS;
  }
}
