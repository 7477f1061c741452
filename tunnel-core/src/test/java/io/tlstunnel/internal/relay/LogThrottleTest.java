package io.tlstunnel.internal.relay;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class LogThrottleTest {
  private final AtomicLong clock = new AtomicLong();
  private final LogThrottle throttle = new LogThrottle(clock::get);

  @Test
  void aFewLinesPassAndAFloodDoesNot() {
    for (int i = 0; i < 10; i++) {
      assertThat(throttle.admit()).isZero();
    }
    for (int i = 0; i < 1_000; i++) {
      assertThat(throttle.admit()).isEqualTo(LogThrottle.SILENT);
    }
  }

  @Test
  void theNextLineThatPassesTellsHowManyDidNot() {
    for (int i = 0; i < 25; i++) {
      throttle.admit();
    }
    clock.addAndGet(TimeUnit.SECONDS.toNanos(10));
    assertThat(throttle.admit()).isEqualTo(15);
    assertThat(throttle.admit()).isZero();
  }
}
