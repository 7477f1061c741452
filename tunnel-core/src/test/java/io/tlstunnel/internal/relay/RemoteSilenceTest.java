package io.tlstunnel.internal.relay;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class RemoteSilenceTest {
  private final AtomicLong clock = new AtomicLong(7);
  private final RemoteSilence silence = new RemoteSilence(clock::get);

  @Test
  void requestThatTheRemoteNeverAnsweredIsToldOnceForEachSilence() {
    silence.asked(1);
    passes(1);
    silence.asked(3);
    passes(13);
    assertThat(silence.givenUp(3)).isEqualTo(TimeUnit.SECONDS.toNanos(14));
    assertThat(silence.givenUp(1)).isZero();
    silence.heard();
    silence.asked(5);
    passes(3);
    assertThat(silence.givenUp(5)).isEqualTo(TimeUnit.SECONDS.toNanos(3));
  }

  @Test
  void requestThatBeganBeforeTheLastByteIsNotTold() {
    silence.asked(1);
    silence.heard();
    passes(60);
    assertThat(silence.givenUp(1)).isZero();
    silence.asked(3);
    passes(60);
    assertThat(silence.givenUp(1)).isZero();
  }

  @Test
  void shortSilenceIsNotTold() {
    silence.asked(1);
    clock.addAndGet(RemoteSilence.SHORTEST_NANOS - 1);
    assertThat(silence.givenUp(1)).isZero();
    clock.addAndGet(1);
    assertThat(silence.givenUp(1)).isEqualTo(RemoteSilence.SHORTEST_NANOS);
  }

  @Test
  void idleTimeBeforeTheFirstRequestDoesNotCount() {
    passes(3_600);
    silence.asked(1);
    passes(2);
    assertThat(silence.givenUp(1)).isEqualTo(TimeUnit.SECONDS.toNanos(2));
  }

  private void passes(long seconds) {
    clock.addAndGet(TimeUnit.SECONDS.toNanos(seconds));
  }
}
