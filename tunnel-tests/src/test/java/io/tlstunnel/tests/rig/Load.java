package io.tlstunnel.tests.rig;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** Unary calls at an even pace, each of them accounted for. */
public final class Load implements AutoCloseable {
  private static final byte[] REQUEST = new byte[100];
  private static final int PATIENCE_SECONDS = 60;

  private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor();
  private final Queue<TestCall> calls = new ConcurrentLinkedQueue<>();
  private final CompletableFuture<Void> begun = new CompletableFuture<>();
  private final Channel channel;
  private final MethodDescriptor<byte[], byte[]> method;
  private final CallOptions options;
  private final int total;
  private final AtomicInteger count = new AtomicInteger();

  private Load(
      Channel channel, MethodDescriptor<byte[], byte[]> method, CallOptions options, int total) {
    this.channel = channel;
    this.method = method;
    this.options = options;
    this.total = total;
  }

  /** Starts a thousand calls a second, until there have been so many. */
  public static Load start(
      Channel channel, MethodDescriptor<byte[], byte[]> method, CallOptions options, int total) {
    Load load = new Load(channel, method, options, total);
    load.clock.scheduleAtFixedRate(load::next, 0, 1, TimeUnit.MILLISECONDS);
    return load;
  }

  /** Waits until so many calls have begun. */
  public void awaitBegun(int calls) {
    await()
        .atMost(PATIENCE_SECONDS, TimeUnit.SECONDS)
        .pollInterval(1, TimeUnit.MILLISECONDS)
        .until(() -> count.get() >= calls);
  }

  /** Waits until every call has ended, each with one status; these are the ones that failed. */
  public List<Status> failures() {
    begun.orTimeout(PATIENCE_SECONDS, TimeUnit.SECONDS).join();
    return calls.stream().map(TestCall::status).filter(status -> !status.isOk()).toList();
  }

  /** How many calls have ended well. */
  public int succeeded() {
    return total - failures().size();
  }

  /**
   * Of the ids that remotes have seen none may be there twice, and those of all calls that ended
   * well must be.
   */
  public void assertSeenOnce(Collection<String> ids) {
    Set<String> seen = new HashSet<>();
    ids.forEach(id -> assertThat(seen.add(id)).as("%s reached a remote once", id).isTrue());
    assertThat(calls.stream().filter(call -> call.status().isOk()).map(TestCall::id))
        .as("calls that ended well")
        .allMatch(seen::contains);
  }

  private void next() {
    if (count.get() == total) {
      begun.complete(null);
      clock.shutdown();
      return;
    }
    calls.add(TestCall.of(channel, method, options, REQUEST));
    count.incrementAndGet();
  }

  @Override
  public void close() {
    clock.shutdownNow();
  }
}
