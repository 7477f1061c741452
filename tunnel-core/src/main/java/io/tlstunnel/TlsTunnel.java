package io.tlstunnel;

import static java.util.Objects.requireNonNull;

import io.netty.util.NetUtil;
import io.tlstunnel.diagnosis.RouteDiagnosis;
import io.tlstunnel.event.TunnelEvent;
import io.tlstunnel.event.TunnelFailure;
import io.tlstunnel.internal.downstream.Listener;
import io.tlstunnel.internal.relay.ConnectionPair;
import io.tlstunnel.internal.relay.RelayContext;
import io.tlstunnel.internal.relay.RelayCounters;
import io.tlstunnel.internal.runtime.EventLoops;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A cleartext HTTP/2 port whose connections reach one remote over mutual TLS. The remote's own
 * HTTP/2 reaches the client: flow control, keepalive, limits and GOAWAY are between the two of
 * them.
 *
 * <p>All methods may be called from any thread.
 */
public final class TlsTunnel implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(TlsTunnel.class);
  private static final long CLOSE_SECONDS = 5;
  private static final Duration LONGEST_DRAIN = Duration.ofDays(365);

  private final CountDownLatch closed = new CountDownLatch(1);
  private final Listener listener;
  private final InetSocketAddress address;
  private final RelayContext context;
  private final EventLoops loops;
  private final Function<Duration, RouteDiagnosis> diagnosing;
  private final Duration connectTimeout;
  private volatile @Nullable Thread shutdownHook;
  private volatile TunnelState state = TunnelState.RUNNING;

  TlsTunnel(
      Listener listener,
      InetSocketAddress address,
      RelayContext context,
      EventLoops loops,
      Function<Duration, RouteDiagnosis> diagnosing,
      Duration connectTimeout) {
    this.listener = listener;
    this.address = address;
    this.context = context;
    this.loops = loops;
    this.diagnosing = diagnosing;
    this.connectTimeout = connectTimeout;
  }

  /** Begins the description of a tunnel. */
  public static TlsTunnelBuilder builder() {
    return new TlsTunnelBuilder();
  }

  /**
   * The address that the tunnel listens on, with the real port where 0 was asked for.
   *
   * @throws IllegalStateException if the tunnel is closed
   */
  public InetSocketAddress localAddress() {
    requireRunning();
    return address;
  }

  /**
   * The port that the tunnel listens on.
   *
   * @throws IllegalStateException if the tunnel is closed
   */
  public int port() {
    return localAddress().getPort();
  }

  /**
   * The address as gRPC clients in this JVM want it: {@code 127.0.0.1:10000}, {@code [::1]:10000}.
   * A tunnel that listens on all addresses is reached by the loopback one.
   *
   * @throws IllegalStateException if the tunnel is closed
   */
  public String target() {
    InetSocketAddress local = localAddress();
    return NetUtil.toSocketAddressString(
        local.getAddress().isAnyLocalAddress()
            ? new InetSocketAddress(InetAddress.getLoopbackAddress(), local.getPort())
            : local);
  }

  /** Where the tunnel is in its life. */
  public TunnelState state() {
    return state;
  }

  /** What the tunnel has counted; may be asked after {@link #close} too. */
  public TunnelStats stats() {
    RelayCounters counters = context.counters();
    return new TunnelStats(
        counters.connectionsAccepted.sum(),
        context.pairs().size(),
        counters.connectionsNotHttp2.sum(),
        counters.routesFailed.sum(),
        counters.routesLost.sum(),
        counters.requestsAnswered.sum(),
        context.budget().held(),
        counters.limitHits());
  }

  /**
   * Walks the tunnel's route, on a connection of its own beside those of clients, once and step by
   * step: name, addresses, TLS, both certificates, ALPN, HTTP/2, and a health check as a gRPC call.
   * Blocks until the walk is at its end, for as long as {@code connectTimeout} at most, so it must
   * not be called on an event loop. A route that fails is no exception but a result. A thread that
   * is interrupted gets what was found until then, and stays interrupted. The log and the listener
   * ({@link TunnelEvent.Diagnosed}) are told as well.
   *
   * @throws IllegalStateException if the tunnel is closed, or on an event loop
   */
  public RouteDiagnosis diagnose() {
    return diagnose(connectTimeout);
  }

  /**
   * Walks the tunnel's route as {@link #diagnose()} does, within the given time.
   *
   * @param limit 1 ms to 1 day
   * @throws IllegalStateException if the tunnel is closed, or on an event loop
   */
  public RouteDiagnosis diagnose(Duration limit) {
    Checks.timeout(limit, "limit");
    requireRunning();
    RouteDiagnosis found = diagnosing.apply(limit);
    TunnelFailure failure = found.failure();
    if (failure == null) {
      LOG.info("diagnosis of tunnel on {}: the route stands", address);
    } else {
      LOG.warn("diagnosis of tunnel on {}: {}", address, failure.message());
    }
    context.tell(new TunnelEvent.Diagnosed(failure, found.toString()));
    return found;
  }

  /**
   * Drains the tunnel, then closes it. New connections are refused; clients are asked to open no
   * more requests (GOAWAY), those under way are finished, and each connection ends with its last
   * one. What is still open when the time is up is told so (gRPC status UNAVAILABLE). Returns when
   * nothing is left. Called again meanwhile, it waits too; the time that is up first counts.
   *
   * @param drain how long requests may take; zero closes at once
   * @throws IllegalArgumentException if the time is negative
   * @throws IllegalStateException if called on an event loop of the tunnel's, which must not wait
   */
  public void close(Duration drain) {
    if (requireNonNull(drain, "drain").isNegative()) {
      throw new IllegalArgumentException("drain: " + drain + " (expected: >= 0)");
    }
    if (loops.inEventLoop()) {
      throw new IllegalStateException(
          "close(drain) was called on an event loop (expected: another thread, since it waits;"
              + " close() does not)");
    }
    if (begin(TunnelState.DRAINING)) {
      LOG.debug("tunnel on {} drains for {}", address, drain);
      listener.close();
      context.pairs().forEach(pair -> pair.drain("the tunnel closes"));
    }
    if (state == TunnelState.DRAINING) {
      long nanos = (drain.compareTo(LONGEST_DRAIN) > 0 ? LONGEST_DRAIN : drain).toNanos();
      long deadline = System.nanoTime() + nanos;
      for (ConnectionPair pair : context.pairs()) {
        pair.awaitClosed(Math.max(0, deadline - System.nanoTime()));
      }
    }
    close();
  }

  /**
   * Stops listening, tells open requests that the tunnel is closed (gRPC status UNAVAILABLE) and
   * closes all connections. Returns when nothing is left, after some seconds at the latest; called
   * on an event loop of the tunnel's it does not wait. Closing twice does nothing; closing a tunnel
   * that drains ends the drain.
   */
  @Override
  public void close() {
    boolean mayWait = !loops.inEventLoop();
    if (!begin(TunnelState.CLOSED)) {
      if (mayWait) {
        await();
      }
      return;
    }
    LOG.debug("tunnel on {} closes", address);
    removeShutdownHook();
    listener.close();
    context.pairs().forEach(pair -> pair.shutDown("the tunnel was closed"));
    if (mayWait) {
      awaitPairs();
    }
    context.upstream().close();
    loops.close();
    closed.countDown();
  }

  /** Drains the tunnel when the JVM ends. */
  void drainOnShutdown(Duration drain) {
    Thread hook = new Thread(() -> close(drain), "tlstunnel-shutdown");
    shutdownHook = hook;
    Runtime.getRuntime().addShutdownHook(hook);
  }

  private void removeShutdownHook() {
    Thread hook = shutdownHook;
    if (hook != null && Thread.currentThread() != hook) {
      try {
        Runtime.getRuntime().removeShutdownHook(hook);
      } catch (IllegalStateException shuttingDown) {
        LOG.debug("tunnel on {} was closed while the JVM shuts down", address);
      }
    }
  }

  /** Whether this call brought the tunnel one step further. */
  private synchronized boolean begin(TunnelState next) {
    boolean first = state.compareTo(next) < 0;
    if (first) {
      state = next;
    }
    return first;
  }

  private void awaitPairs() {
    listener.awaitClosed(TimeUnit.SECONDS.toNanos(CLOSE_SECONDS));
    for (ConnectionPair pair : context.pairs()) {
      pair.awaitClosed(TimeUnit.SECONDS.toNanos(CLOSE_SECONDS));
    }
  }

  private void await() {
    try {
      if (!closed.await(2 * CLOSE_SECONDS, TimeUnit.SECONDS)) {
        LOG.warn("tunnel on {} is still closing", address);
      }
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void requireRunning() {
    if (state == TunnelState.CLOSED) {
      throw new IllegalStateException(
          "the tunnel on " + NetUtil.toSocketAddressString(address) + " is closed");
    }
  }

  @Override
  public String toString() {
    return "TlsTunnel[" + NetUtil.toSocketAddressString(address) + ", " + state + "]";
  }
}
