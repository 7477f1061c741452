package io.tlstunnel.bench.soak;

import java.util.concurrent.TimeUnit;

/** From when to when a disturbance explains what happens to calls. */
final class DisturbedTime {
  /**
   * What a disturbance has broken may show itself later: a handshake that stalls, when the tunnel's
   * connect timeout of 2 s is over.
   */
  static final long AFTERMATH_NANOS = TimeUnit.SECONDS.toNanos(3);

  private static final long NOT_YET = Long.MAX_VALUE;

  private final Disturbance disturbance;
  private volatile long began = NOT_YET;
  private volatile long over = NOT_YET;

  DisturbedTime(Disturbance disturbance) {
    this.disturbance = disturbance;
  }

  void begins() {
    began = System.nanoTime();
  }

  void ends() {
    over = System.nanoTime() + AFTERMATH_NANOS;
  }

  boolean explains(CallResult call) {
    return disturbance.explains().contains(call.status().getCode())
        && began != NOT_YET
        && call.ended() - began >= 0
        && (over == NOT_YET || call.began() - over <= 0);
  }

  /** When a call began, for a person. */
  String where(CallResult call) {
    return began == NOT_YET
        ? "before the disturbance (" + disturbance.what() + ")"
        : "%d ms after the beginning of: %s"
            .formatted((call.began() - began) / 1_000_000, disturbance.what());
  }
}
