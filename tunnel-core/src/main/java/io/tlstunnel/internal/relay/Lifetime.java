package io.tlstunnel.internal.relay;

import io.netty.channel.EventLoop;
import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Ends connections by the clock: those that nobody uses, and those that have become old. */
final class Lifetime {
  /** What is asked of the pair. */
  interface Connection {
    boolean hasOpenStreams();

    /** The highest stream seen: it tells whether anything happened between two looks. */
    int lastStreamId();

    void idle(Duration timeout);

    void old(Duration age);
  }

  private final Connection connection;
  private final EventLoop loop;
  private final Duration idleTimeout;
  private int lastStreamAtLook;
  private @Nullable Future<?> idleLook;
  private @Nullable Future<?> age;

  Lifetime(Connection connection, EventLoop loop, RelayOptions options) {
    this.connection = connection;
    this.loop = loop;
    this.idleTimeout = options.idleTimeout();
    Duration maxAge = options.maxConnectionAge();
    if (!maxAge.isZero()) {
      age = loop.schedule(() -> connection.old(maxAge), maxAge.toNanos(), TimeUnit.NANOSECONDS);
    }
    if (!idleTimeout.isZero()) {
      scheduleLook();
    }
  }

  void stop() {
    if (idleLook != null) {
      idleLook.cancel(false);
    }
    if (age != null) {
      age.cancel(false);
    }
  }

  private void scheduleLook() {
    idleLook = loop.schedule(this::look, idleTimeout.toNanos(), TimeUnit.NANOSECONDS);
  }

  /**
   * Two looks without a stream in or between them are a whole timeout: nothing is done per stream.
   */
  private void look() {
    int last = connection.lastStreamId();
    if (!connection.hasOpenStreams() && last == lastStreamAtLook) {
      connection.idle(idleTimeout);
      return;
    }
    lastStreamAtLook = last;
    scheduleLook();
  }
}
