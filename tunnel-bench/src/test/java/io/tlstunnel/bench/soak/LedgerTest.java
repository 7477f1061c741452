package io.tlstunnel.bench.soak;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Status;
import io.tlstunnel.bench.soak.Disturbance.RestartRemote;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Ensures that a soak explains only what can be explained. */
class LedgerTest {
  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

  private final Ledger ledger = new Ledger();
  private final DisturbedTime disturbed =
      new DisturbedTime(Disturbance.of("a restart", new RestartRemote(), Status.Code.UNAVAILABLE));

  @Test
  void callThatEndsAsItIsMeantToNeedsNoExplanation() {
    assertThat(enter(CallKind.ECHO, Status.OK, 0)).isTrue();
    assertThat(enter(CallKind.DEADLINE, Status.DEADLINE_EXCEEDED, 0)).isTrue();
    assertThat(enter(CallKind.CANCEL, Status.CANCELLED.withDescription("by the soak"), 0)).isTrue();
    assertThat(enter(CallKind.DEADLINE, Status.OK, 0)).isFalse();
    assertThat(enter(CallKind.ECHO, Status.CANCELLED.withDescription("by the soak"), 0)).isFalse();
    assertThat(ledger.calls()).isEqualTo(5);
    assertThat(ledger.unexplained()).isEqualTo(2);
  }

  @Test
  void disturbanceExplainsItsOwnStatusesInItsTimeOnly() {
    assertThat(enter(CallKind.ECHO, Status.UNAVAILABLE, 0)).as("before it").isFalse();
    disturbed.begins();
    assertThat(enter(CallKind.ECHO, Status.UNAVAILABLE, 0)).as("during it").isTrue();
    assertThat(enter(CallKind.ECHO, Status.INTERNAL, 0)).as("another status").isFalse();
    disturbed.ends();
    assertThat(enter(CallKind.ECHO, Status.UNAVAILABLE, SECOND)).as("aftermath").isTrue();
    assertThat(enter(CallKind.ECHO, Status.UNAVAILABLE, 3600 * SECOND)).as("later").isFalse();
    assertThat(ledger.explained()).isEqualTo(2);
    assertThat(ledger.complaints()).hasSize(3);
  }

  @Test
  void wrongMessageIsExplainedByNothing() {
    disturbed.begins();
    long now = System.nanoTime();
    assertThat(
            ledger.enter(
                new CallResult(CallKind.ECHO, now, now, Status.OK, "message 0 is wrong"),
                disturbed))
        .isFalse();
    assertThat(ledger.complaints().get(0)).contains("ECHO", "a restart", "message 0 is wrong");
  }

  @Test
  void growthIsNamed() {
    Footprint before = new Footprint(10_000_000, 8_000_000, 120_000_000, 60);
    assertThat(before.growthSince(before)).isEmpty();
    assertThat(new Footprint(40_000_000, 8_000_000, 300_000_000, 61).growthSince(before))
        .isEqualTo(
            "heap: grown by 30.0 MB (expected: at most 16.8) RSS: grown by 180.0 MB (expected: at"
                + " most 100.7) file descriptors: 61 (expected: 60)");
  }

  /** Enters a call that began so long after now. */
  private boolean enter(CallKind kind, Status status, long later) {
    long began = System.nanoTime() + later;
    return ledger.enter(new CallResult(kind, began, began + SECOND, status, ""), disturbed);
  }
}
