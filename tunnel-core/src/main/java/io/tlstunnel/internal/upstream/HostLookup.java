package io.tlstunnel.internal.upstream;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Asks the JVM's resolver for one host's addresses, off the event loops, which it would block.
 *
 * <p>It has one daemon thread, which goes when it is idle: whoever asks while a lookup is under way
 * gets that lookup's answer, so a name service that hangs holds one thread and no queue.
 */
final class HostLookup implements AutoCloseable {
  private static final FailedLookups KNOWN = new FailedLookups();

  private final String host;
  private final Resolver resolver;
  private final ThreadPoolExecutor executor;
  private CompletableFuture<List<InetAddress>> latest =
      CompletableFuture.completedFuture(List.of());

  HostLookup(String host, Resolver resolver) {
    this.host = host;
    this.resolver = resolver;
    executor =
        new ThreadPoolExecutor(
            1,
            1,
            5,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            task -> {
              Thread thread = new Thread(task, "tlstunnel-resolver");
              thread.setDaemon(true);
              return thread;
            });
    executor.allowCoreThreadTimeOut(true);
  }

  /**
   * The addresses in the resolver's order, at least one; completes on the lookup's thread, with an
   * {@link UnknownHostException} as cause if there is none.
   *
   * @throws java.util.concurrent.RejectedExecutionException if closed
   */
  synchronized CompletableFuture<List<InetAddress>> addresses() {
    if (latest.isDone()) {
      latest = CompletableFuture.supplyAsync(this::resolve, executor);
    }
    return latest;
  }

  /** Stops the thread; one that waits for the name service ends when that answers. */
  @Override
  public void close() {
    executor.shutdownNow();
  }

  private List<InetAddress> resolve() {
    try {
      return List.of(resolver.addresses(host));
    } catch (UnknownHostException e) {
      throw new CompletionException(KNOWN.withReason(host, e));
    }
  }
}
