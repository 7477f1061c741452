package io.tlstunnel.junit;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.tlstunnel.junit.fault.NetworkFault;
import io.tlstunnel.junit.fault.NetworkFault.Direction;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The bytes of one direction: each passes when the faults in force let it. On one event loop. */
abstract class NetworkLane {
  private static final long POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(2);
  private static final long READ_AHEAD = 1 << 20;

  private record Parcel(ByteBuf bytes, @Nullable ChannelPromise promise, long dueNanos) {}

  private final NetworkChaos chaos;
  private final Direction direction;
  private final ChannelHandlerContext ctx;
  private final Deque<Parcel> waiting = new ArrayDeque<>();
  private final SplittableRandom random = new SplittableRandom(1);
  private long waitingBytes;
  private long passed;
  private long lastDue = Long.MIN_VALUE;
  private long throttledUntil = System.nanoTime();
  private boolean scheduled;
  private boolean paused;

  NetworkLane(NetworkChaos chaos, Direction direction, ChannelHandlerContext ctx) {
    this.chaos = chaos;
    this.direction = direction;
    this.ctx = ctx;
  }

  /** Hands bytes over to whoever is next. */
  abstract void emit(ByteBuf bytes, @Nullable ChannelPromise promise);

  boolean isEmpty() {
    return waiting.isEmpty();
  }

  /** Whether nothing more may be read from the network for now; reading goes on by itself. */
  boolean isPaused() {
    return paused;
  }

  void offer(ByteBuf bytes, @Nullable ChannelPromise promise) {
    long due = System.nanoTime();
    Optional<NetworkFault.Delay> delay = find(chaos.faults(), NetworkFault.Delay.class);
    if (delay.isPresent()) {
      long jitter = delay.get().jitter().toNanos();
      due += delay.get().delay().toNanos() + (jitter == 0 ? 0 : random.nextLong(jitter));
    }
    lastDue = Math.max(lastDue, due); // Order is kept: nobody overtakes.
    waiting.add(new Parcel(bytes, promise, lastDue));
    waitingBytes += bytes.readableBytes();
    pump();
    readOnlyIfThereIsRoom();
  }

  void discard() {
    for (Parcel parcel = waiting.poll(); parcel != null; parcel = waiting.poll()) {
      drop(parcel);
    }
    waitingBytes = 0;
  }

  private void pump() {
    while (!waiting.isEmpty()) {
      List<NetworkFault> faults = chaos.faults();
      long wait = nanosToWait(faults);
      if (wait > 0) {
        pumpAgainIn(wait);
        return;
      }
      if (find(faults, NetworkFault.Blackhole.class).isPresent()) {
        discard();
        return;
      }
      passSome(waiting.element(), faults);
    }
  }

  private long nanosToWait(List<NetworkFault> faults) {
    if (find(faults, NetworkFault.Stall.class).isPresent()) {
      return POLL_NANOS;
    }
    long now = System.nanoTime();
    long due = waiting.element().dueNanos() - now;
    return find(faults, NetworkFault.Throttle.class).isPresent()
        ? Math.max(due, throttledUntil - now)
        : due;
  }

  private void passSome(Parcel parcel, List<NetworkFault> faults) {
    int length = parcel.bytes().readableBytes();
    if (find(faults, NetworkFault.OneByteWrites.class).isPresent()) {
      length = Math.min(length, 1);
    }
    Optional<NetworkFault.Throttle> throttle = find(faults, NetworkFault.Throttle.class);
    if (throttle.isPresent()) {
      long rate = throttle.get().bytesPerSecond();
      length = (int) Math.min(length, Math.max(1, rate / 50));
      throttledUntil =
          Math.max(throttledUntil, System.nanoTime()) + TimeUnit.SECONDS.toNanos(1) * length / rate;
    }
    Optional<NetworkFault.EndAfter> end =
        find(faults, NetworkFault.EndAfter.class).filter(e -> e.direction() == direction);
    if (end.isPresent()) {
      length = (int) Math.min(length, Math.max(0, end.get().bytes() - passed));
    }
    pass(parcel, length, faults);
    if (end.isPresent() && passed >= end.get().bytes()) {
      discard();
      chaos.end(ctx, end.get().ending());
    }
  }

  private void pass(Parcel parcel, int length, List<NetworkFault> faults) {
    boolean last = length == parcel.bytes().readableBytes();
    ByteBuf bytes = last ? parcel.bytes() : parcel.bytes().readRetainedSlice(length);
    find(faults, NetworkFault.CorruptByte.class)
        .filter(c -> c.direction() == direction)
        .map(c -> c.position() - passed)
        .filter(at -> at >= 0 && at < bytes.readableBytes())
        .ifPresent(
            at -> {
              int index = bytes.readerIndex() + at.intValue();
              bytes.setByte(index, ~bytes.getByte(index));
            });
    passed += length;
    waitingBytes -= length;
    if (last) {
      waiting.remove();
    }
    if (bytes.isReadable() || last) {
      emit(bytes, last ? parcel.promise() : null);
    } else {
      bytes.release();
    }
  }

  private void pumpAgainIn(long nanos) {
    if (!scheduled) {
      scheduled = true;
      ctx.executor()
          .schedule(
              () -> {
                scheduled = false;
                pump();
                readOnlyIfThereIsRoom();
              },
              nanos,
              TimeUnit.NANOSECONDS);
    }
  }

  private void readOnlyIfThereIsRoom() {
    if (direction == Direction.RESPONSE) {
      return;
    }
    boolean stalled = find(chaos.faults(), NetworkFault.Stall.class).isPresent();
    boolean full = !waiting.isEmpty() && (stalled || waitingBytes >= READ_AHEAD);
    if (full != paused) {
      paused = full;
      ctx.channel().config().setAutoRead(!full);
    }
  }

  private static void drop(Parcel parcel) {
    parcel.bytes().release();
    if (parcel.promise() != null) {
      parcel.promise().trySuccess();
    }
  }

  private static <F extends NetworkFault> Optional<F> find(
      List<NetworkFault> faults, Class<F> kind) {
    for (NetworkFault fault : faults) {
      if (kind.isInstance(fault)) {
        return Optional.of(kind.cast(fault));
      }
    }
    return Optional.empty();
  }
}
