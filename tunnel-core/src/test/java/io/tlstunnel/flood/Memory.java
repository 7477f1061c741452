package io.tlstunnel.flood;

import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufAllocatorMetricProvider;
import io.netty.buffer.PooledByteBufAllocator;
import java.lang.management.ManagementFactory;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/** What the JVM and its allocators say that they use, in bytes; keeps the highest of both. */
final class Memory implements AutoCloseable {
  private static final int SAMPLE_MILLIS = 2;

  private final ScheduledExecutorService sampler = Executors.newSingleThreadScheduledExecutor();
  private final AtomicLong highestHeap = new AtomicLong();
  private final AtomicLong highestDirect = new AtomicLong();
  private final long heapBefore = heap();
  private final long directBefore = direct();

  /** Begins to look at direct memory every other millisecond. */
  Memory() {
    sampler.scheduleAtFixedRate(this::sample, 0, SAMPLE_MILLIS, TimeUnit.MILLISECONDS);
  }

  private void sample() {
    highestDirect.accumulateAndGet(direct() - directBefore, Math::max);
  }

  /** Looks at the heap too: that takes a collection, so it is not done all the time. */
  void measure() {
    sample();
    highestHeap.accumulateAndGet(heap() - heapBefore, Math::max);
  }

  /** By how much the heap had grown when it was highest. */
  long heapGrowth() {
    return highestHeap.get();
  }

  /** By how much direct memory had grown when it was highest. */
  long directGrowth() {
    return highestDirect.get();
  }

  @Override
  public void close() {
    sampler.shutdownNow();
  }

  /** Live objects: what is left after a collection. */
  private static long heap() {
    System.gc();
    return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
  }

  /** What buffers hold, by the figures of whichever allocators made them. */
  private static long direct() {
    ByteBufAllocator other = ByteBufAllocator.DEFAULT;
    return PooledByteBufAllocator.DEFAULT.pinnedDirectMemory()
        + (other instanceof PooledByteBufAllocator
            ? 0
            : ((ByteBufAllocatorMetricProvider) other).metric().usedDirectMemory());
  }
}
