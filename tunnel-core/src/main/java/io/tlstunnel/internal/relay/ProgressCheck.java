package io.tlstunnel.internal.relay;

import io.netty.channel.EventLoop;
import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Looks now and then whether a connection gets on: whether headers that have begun also end, and
 * whether the peers read what is written to them. Nothing is done per frame: two looks that find
 * the same thing unfinished are what counts.
 */
final class ProgressCheck {
  /** Nothing is unfinished. */
  static final long NOTHING = -1;

  /** What is asked of the pair. A mark is the same as long as the same thing makes no progress. */
  interface Connection {
    /** Marks the header block of which a part has come. */
    long unfinishedHeaders();

    /** Marks what the client does not read. */
    long unreadByClient();

    /** Marks what the remote does not read. */
    long unreadByRemote();

    void headersLate(Duration timeout);

    void clientStalled(Duration timeout);

    void remoteStalled(Duration timeout);
  }

  /** One thing that may not be unfinished for ever. */
  private static final class Wait {
    private final long timeoutNanos;
    private long mark = NOTHING;
    private long since;
    private int looks;

    Wait(Duration timeout) {
      timeoutNanos = timeout.toNanos();
    }

    /** Two looks at least: after a pause of the whole JVM the first comes too early. */
    boolean isOver(long seen, long now) {
      if (seen == NOTHING || seen != mark) {
        mark = seen;
        since = now;
        looks = 0;
        return false;
      }
      looks++;
      return looks > 1 && now - since >= timeoutNanos;
    }
  }

  private final Connection connection;
  private final EventLoop loop;
  private final RelayLimits limits;
  private final long intervalNanos;
  private final Wait headers;
  private final Wait client;
  private final Wait remote;
  private @Nullable Future<?> next;

  ProgressCheck(Connection connection, EventLoop loop, RelayLimits limits) {
    this.connection = connection;
    this.loop = loop;
    this.limits = limits;
    headers = new Wait(limits.headerTimeout());
    client = new Wait(limits.stallTimeout());
    remote = new Wait(limits.stallTimeout());
    intervalNanos = Math.min(headers.timeoutNanos, client.timeoutNanos) / 2 + 1;
    schedule();
  }

  void stop() {
    if (next != null) {
      next.cancel(false);
    }
  }

  private void schedule() {
    next = loop.schedule(this::look, intervalNanos, TimeUnit.NANOSECONDS);
  }

  private void look() {
    long now = System.nanoTime();
    schedule();
    if (headers.isOver(connection.unfinishedHeaders(), now)) {
      connection.headersLate(limits.headerTimeout());
    } else if (client.isOver(connection.unreadByClient(), now)) {
      connection.clientStalled(limits.stallTimeout());
    } else if (remote.isOver(connection.unreadByRemote(), now)) {
      connection.remoteStalled(limits.stallTimeout());
    }
  }
}
