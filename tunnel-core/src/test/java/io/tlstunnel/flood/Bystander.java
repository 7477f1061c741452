package io.tlstunnel.flood;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.tlstunnel.testpeer.Frame;
import io.tlstunnel.testpeer.Rig;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A well-behaved connection beside a flood, on the same event loop: it makes one gRPC call after
 * the other and takes the time of each.
 */
final class Bystander {
  private static final int QUIET_CALLS = 200;
  private static final int FLOOD_CALLS = 30;

  private final Rig.Route route;
  private final long[] nanos = new long[100_000];
  private final AtomicInteger calls = new AtomicInteger();
  private volatile boolean stopped;
  private volatile @Nullable Throwable failed;
  private int streamId = 1;

  Bystander(Rig.Route route) {
    this.route = route;
  }

  /** The 99th percentile of some calls while nothing else happens, in nanoseconds. */
  long quietP99() {
    for (int i = 0; i < QUIET_CALLS / 2; i++) {
      call();
    }
    long[] quiet = new long[QUIET_CALLS];
    Arrays.setAll(quiet, i -> call());
    return p99(quiet, quiet.length);
  }

  /** Goes on calling, on a thread of its own, until {@link #finish}. */
  void start() {
    Thread thread =
        new Thread(
            () -> {
              try {
                while (!stopped) {
                  long took = call();
                  if (calls.get() < nanos.length) {
                    nanos[calls.get()] = took;
                  }
                  calls.incrementAndGet();
                }
              } catch (Throwable thrown) {
                failed = thrown;
              }
            },
            "bystander");
    thread.setDaemon(true);
    thread.start();
  }

  /** Ends the calls, after some more, and gives their 99th percentile in nanoseconds. */
  long finish() {
    int begun = calls.get();
    await()
        .atMost(Duration.ofSeconds(60))
        .pollInterval(Duration.ofMillis(5))
        .until(() -> failed != null || calls.get() >= begun + FLOOD_CALLS);
    stopped = true;
    assertThat(failed).as("what befell the well-behaved connection").isNull();
    return p99(nanos, Math.min(calls.get(), nanos.length));
  }

  private long call() {
    long begun = System.nanoTime();
    route.client().send(route.client().grpcRequest(streamId, 0));
    route.client().send(Frame.data(streamId, Frame.END_STREAM, "ping"));
    assertThat(route.remote().readBlock().streamId()).isEqualTo(streamId);
    route.remote().expect(Frame.data(streamId, Frame.END_STREAM, "ping"));
    route
        .remote()
        .send(
            route.remote().headers(streamId, 0, ":status: 200", "content-type: application/grpc"),
            Frame.data(streamId, 0, "pong"),
            route.remote().headers(streamId, Frame.END_STREAM, "grpc-status: 0"));
    route.client().readBlock();
    route.client().expect(Frame.data(streamId, 0, "pong"));
    route.client().readBlock();
    streamId += 2;
    return System.nanoTime() - begun;
  }

  private static long p99(long[] all, int count) {
    long[] sorted = Arrays.copyOf(all, count);
    Arrays.sort(sorted);
    return sorted[Math.max(0, (int) Math.ceil(count * 0.99) - 1)];
  }

  static double millis(long nanos) {
    return nanos / (double) TimeUnit.MILLISECONDS.toNanos(1);
  }
}
