package io.tlstunnel.internal.relay;

import io.netty.channel.EventLoop;
import java.util.PriorityQueue;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * When the requests that wait run out of their own time: one timer, for the earliest. A client that
 * opens requests and takes them back leaves nothing here for long.
 */
final class Deadlines {
  /** So many forgotten requests are not worth a look. */
  private static final int SLACK = 64;

  private final EventLoop loop;
  private final StreamTable streams;
  private final IntConsumer overdue;
  private final PriorityQueue<Deadline> waiting = new PriorityQueue<>(SLACK);
  private @Nullable Future<?> timer;

  private record Deadline(long nanos, int streamId) implements Comparable<Deadline> {
    @Override
    public int compareTo(Deadline other) {
      return Long.signum(nanos - other.nanos); // nanoTime may wrap around
    }
  }

  /**
   * @param overdue is told of each request whose time is up, if it is still open
   */
  Deadlines(EventLoop loop, StreamTable streams, IntConsumer overdue) {
    this.loop = loop;
    this.streams = streams;
    this.overdue = overdue;
  }

  void add(int streamId, long delayNanos) {
    if (waiting.size() > 2 * streams.size() + SLACK) {
      waiting.removeIf(deadline -> !streams.contains(deadline.streamId));
    }
    Deadline added = new Deadline(System.nanoTime() + delayNanos, streamId);
    Deadline earliest = waiting.peek();
    waiting.add(added);
    if (earliest == null || added.compareTo(earliest) < 0) {
      cancel();
      schedule(delayNanos);
    }
  }

  int size() {
    return waiting.size();
  }

  void clear() {
    cancel();
    waiting.clear();
  }

  private void cancel() {
    if (timer != null) {
      timer.cancel(false);
      timer = null;
    }
  }

  private void schedule(long delayNanos) {
    timer = loop.schedule(this::look, Math.max(0, delayNanos), TimeUnit.NANOSECONDS);
  }

  private void look() {
    timer = null;
    long now = System.nanoTime();
    for (Deadline next; (next = waiting.peek()) != null && next.nanos - now <= 0; ) {
      waiting.remove();
      if (streams.contains(next.streamId)) {
        overdue.accept(next.streamId);
      }
    }
    Deadline next = waiting.peek();
    if (next != null && timer == null) {
      schedule(next.nanos - now);
    }
  }
}
