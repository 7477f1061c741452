package io.tlstunnel.bench.compare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class AccountsTest {
  @Test
  void threadsThatLiveAreCountedToTheNanosecond() {
    assertThat(books(1.2345, 1.24).cpuSecondsSince(books(1, 1)))
        .isCloseTo(0.2345, within(0.000001));
  }

  @Test
  void threadsThatCameAndWentAreCountedByTheProcess() {
    // A thread for each connection: the one that lives has done next to nothing.
    assertThat(books(0.011, 0.83).cpuSecondsSince(books(0.010, 0.01)))
        .isCloseTo(0.82, within(0.000001));
  }

  @Test
  void threadThatTookItsTimeWithItLeavesNoHole() {
    assertThat(books(0.5, 2.5).cpuSecondsSince(books(1, 2))).isCloseTo(0.5, within(0.000001));
  }

  @Test
  void ownCpuTimeIsOnTheBooks() throws Exception {
    Accounts before = Accounts.of(ProcessHandle.current());
    long end = System.nanoTime() + 200_000_000;
    while (System.nanoTime() < end) {
      Thread.onSpinWait();
    }
    assertThat(Accounts.of(ProcessHandle.current()).cpuSecondsSince(before)).isPositive();
    assertThat(before.rssBytes()).isPositive().isLessThanOrEqualTo(before.peakBytes());
  }

  private static Accounts books(double threadSeconds, double tickSeconds) {
    return new Accounts(threadSeconds, tickSeconds, 0, 0);
  }
}
