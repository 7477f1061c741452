package io.tlstunnel.internal.relay;

import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Lets through so many warnings of a kind in a while, and counts the rest: a peer that fails in a
 * loop must not fill the disk. Any thread may ask.
 */
final class LogThrottle {
  private static final int BURST = 10;
  private static final long PERIOD_NANOS = TimeUnit.SECONDS.toNanos(10);

  /** The answer to a caller who must be silent. */
  static final int SILENT = -1;

  private final LongSupplier nanoTime;
  private long periodStart;
  private int said;
  private int unsaid;

  LogThrottle(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
    this.periodStart = nanoTime.getAsLong();
  }

  /** {@link #SILENT}, or how many lines were left out since the last one that was not. */
  synchronized int admit() {
    long now = nanoTime.getAsLong();
    if (now - periodStart >= PERIOD_NANOS) {
      periodStart = now;
      said = 0;
    }
    if (said >= BURST) {
      unsaid++;
      return SILENT;
    }
    said++;
    int left = unsaid;
    unsaid = 0;
    return left;
  }
}
