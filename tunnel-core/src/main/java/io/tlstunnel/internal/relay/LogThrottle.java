package io.tlstunnel.internal.relay;

import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * Lets through so many warnings of a kind in a while, and counts the rest: a peer that fails in a
 * loop must not fill the disk. Any thread may ask.
 */
final class LogThrottle {
  private static final int BURST = 10;
  private static final Duration PERIOD = Duration.ofSeconds(10);

  /** The answer to a caller who must be silent. */
  static final int SILENT = -1;

  private final LongSupplier nanoTime;
  private final long periodNanos;
  private long periodStart;
  private int said;
  private int unsaid;

  LogThrottle(LongSupplier nanoTime) {
    this(nanoTime, PERIOD);
  }

  LogThrottle(LongSupplier nanoTime, Duration period) {
    this.nanoTime = nanoTime;
    this.periodNanos = period.toNanos();
    this.periodStart = nanoTime.getAsLong();
  }

  /** {@link #SILENT}, or how many lines were left out since the last one that was not. */
  synchronized int admit() {
    long now = nanoTime.getAsLong();
    if (now - periodStart >= periodNanos) {
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
