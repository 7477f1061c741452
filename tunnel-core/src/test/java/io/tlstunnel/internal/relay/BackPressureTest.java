package io.tlstunnel.internal.relay;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufAllocatorMetricProvider;
import io.netty.buffer.PooledByteBufAllocator;
import io.tlstunnel.testpeer.Frame;
import io.tlstunnel.testpeer.Peer;
import io.tlstunnel.testpeer.Pump;
import io.tlstunnel.testpeer.Rig;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A slow reader stops its sender, and costs the tunnel next to nothing. */
class BackPressureTest {
  private static final Frame NO_WINDOW_LIMIT = Frame.settings(0x4, Integer.MAX_VALUE);
  private static final int CHUNK = 16_384;
  private static final int MIB = 1 << 20;
  private static final int GIB_IN_CHUNKS = (1 << 30) / CHUNK;

  @RegisterExtension final Rig rig = new Rig();

  @Test
  void slowClientStopsTheRemoteAndGetsEveryByte() {
    Rig.Route route = rig.route(NO_WINDOW_LIMIT, NO_WINDOW_LIMIT);
    route.client().send(route.client().grpcRequest(1, Frame.END_STREAM));
    route.remote().readBlock();
    slowReaderStopsItsSender(route.remote(), route.client());
  }

  @Test
  void slowRemoteStopsTheClientAndGetsEveryByte() {
    Rig.Route route = rig.route(NO_WINDOW_LIMIT, NO_WINDOW_LIMIT);
    route.client().send(route.client().grpcRequest(1, 0));
    route.remote().readBlock();
    slowReaderStopsItsSender(route.client(), route.remote());
  }

  private static void slowReaderStopsItsSender(Peer sender, Peer reader) {
    int frames = 6_000;
    Pump pump = new Pump(sender, frames, i -> Frame.data(1, 0, CHUNK - i % 5));
    pump.awaitStalled();
    assertThat(pump.running()).as("the sender still has bytes of its 98 MB").isTrue();
    for (int i = 0; i < frames; i++) {
      Frame frame = reader.read();
      assertThat(frame.type()).isEqualTo(Frame.DATA);
      assertThat(frame.length()).isEqualTo(CHUNK - i % 5);
      if (i % 500 == 0) {
        assertThat(frame).isEqualTo(Frame.data(1, 0, CHUNK - i % 5));
      }
    }
    pump.awaitDone();
  }

  @Test
  void gigabyteThatWaitsBehindAStalledClientCostsLessThan2MibAndStopsNobody() {
    Rig.Route stalled = rig.route(NO_WINDOW_LIMIT, NO_WINDOW_LIMIT);
    Rig.Route other = rig.route();
    stalled.client().send(stalled.client().grpcRequest(1, Frame.END_STREAM));
    stalled.remote().readBlock();
    Frame frame = Frame.data(1, 0, CHUNK);
    costsLessThan2Mib(() -> new Pump(stalled.remote(), GIB_IN_CHUNKS, i -> frame), other);
  }

  @Test
  void gigabyteThatWaitsBehindAStalledRemoteCostsLessThan2MibAndStopsNobody() {
    Rig.Route stalled = rig.route(NO_WINDOW_LIMIT, NO_WINDOW_LIMIT);
    Rig.Route other = rig.route();
    stalled.client().send(stalled.client().grpcRequest(1, 0));
    stalled.remote().readBlock();
    Frame frame = Frame.data(1, 0, CHUNK);
    costsLessThan2Mib(() -> new Pump(stalled.client(), GIB_IN_CHUNKS, i -> frame), other);
  }

  private static void costsLessThan2Mib(Supplier<Pump> start, Rig.Route other) {
    long before = directMemory();
    Pump pump = start.get();
    long peak = 0;
    long calls = 0;
    long stalled = 0;
    // Asks the allocator between the calls of another connection, until the sender has long stood.
    for (long sent = -1; stalled < 200; calls++) {
      other.client().pingThrough(other.remote());
      other.remote().pingThrough(other.client());
      peak = Math.max(peak, directMemory() - before);
      stalled = sent == pump.sentBytes() ? stalled + 1 : 0;
      sent = pump.sentBytes();
    }
    assertThat(pump.running()).as("the sender has not sent its 1 GiB").isTrue();
    assertThat(pump.sentBytes()).isPositive();
    assertThat(calls).as("calls of the other connection").isGreaterThan(200);
    assertThat(peak).as("direct memory that the stalled connection holds").isLessThan(2 * MIB);
  }

  /** What the buffers of the JVM hold, by the figures of whichever allocators made them. */
  private static long directMemory() {
    ByteBufAllocator other = ByteBufAllocator.DEFAULT;
    return PooledByteBufAllocator.DEFAULT.pinnedDirectMemory()
        + (other instanceof PooledByteBufAllocator
            ? 0
            : ((ByteBufAllocatorMetricProvider) other).metric().usedDirectMemory());
  }
}
