package io.tlstunnel.internal.relay;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.tlstunnel.internal.wire.FrameSplitter;
import io.tlstunnel.internal.wire.FrameWriter;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Finds out that a remote is dead: while streams are open and the remote has been silent for an
 * interval it is sent a PING, and is lost if it stays silent for the timeout that follows. gRPC
 * servers punish PINGs without streams, and more than one in five minutes unless told otherwise;
 * one that says too_many_pings gets half as many from then on (gRFC A8).
 *
 * <pre>
 *   QUIET ──silent for the interval──▶ ASKED ──silent for the timeout──▶ (lost)
 *     ▲                                  │
 *     └────────── anything read ─────────┘
 * </pre>
 */
final class Keepalive {
  /** What is asked of the pair. */
  interface Connection {
    boolean hasOpenStreams();

    /** Whether a frame may be written to the remote now. */
    boolean mayAsk();

    void silent(long nanos);
  }

  private enum Step {
    QUIET,
    ASKED
  }

  private final long ping = ThreadLocalRandom.current().nextLong();
  private final Connection connection;
  private final Channel upstream;
  private final long intervalNanos;
  private final long timeoutNanos;
  private Step step = Step.QUIET;
  private boolean heard;
  private @Nullable Future<?> next;

  Keepalive(Connection connection, Channel upstream, long intervalNanos, long timeoutNanos) {
    this.connection = connection;
    this.upstream = upstream;
    this.intervalNanos = intervalNanos;
    this.timeoutNanos = timeoutNanos;
    schedule(intervalNanos);
  }

  /** Something was read from the remote. */
  void heard() {
    heard = true;
  }

  /** Whether a PING ACK of the remote's is for our PING, and so must not be forwarded. */
  boolean owns(long payload) {
    return payload == ping;
  }

  void stop() {
    if (next != null) {
      next.cancel(false);
    }
  }

  private void schedule(long nanos) {
    next = upstream.eventLoop().schedule(this::check, nanos, TimeUnit.NANOSECONDS);
  }

  private void check() {
    boolean silent = !heard;
    heard = false;
    if (silent && step == Step.ASKED) {
      connection.silent(intervalNanos + timeoutNanos);
      return;
    }
    if (silent && connection.hasOpenStreams() && connection.mayAsk()) {
      step = Step.ASKED;
      ByteBuf out = upstream.alloc().buffer(FrameSplitter.HEADER_LENGTH + Long.BYTES);
      FrameWriter.ping(out, false, ping);
      upstream.writeAndFlush(out, upstream.voidPromise());
      schedule(timeoutNanos);
    } else {
      step = Step.QUIET;
      schedule(intervalNanos);
    }
  }
}
