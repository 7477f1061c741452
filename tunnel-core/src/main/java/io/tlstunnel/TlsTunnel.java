package io.tlstunnel;

import io.netty.channel.Channel;
import io.netty.util.NetUtil;
import io.tlstunnel.internal.relay.ConnectionPair;
import io.tlstunnel.internal.relay.RelayContext;
import io.tlstunnel.internal.relay.RelayCounters;
import io.tlstunnel.internal.runtime.EventLoops;
import java.net.InetSocketAddress;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
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

  private final CountDownLatch closed = new CountDownLatch(1);
  private final Channel listener;
  private final InetSocketAddress address;
  private final RelayContext context;
  private final EventLoops loops;
  private volatile TunnelState state = TunnelState.RUNNING;

  TlsTunnel(Channel listener, RelayContext context, EventLoops loops) {
    this.listener = listener;
    this.address = (InetSocketAddress) listener.localAddress();
    this.context = context;
    this.loops = loops;
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
   * The address as gRPC clients want it: {@code 127.0.0.1:10000}, {@code [::1]:10000}.
   *
   * @throws IllegalStateException if the tunnel is closed
   */
  public String target() {
    return NetUtil.toSocketAddressString(localAddress());
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
        counters.requestsAnswered.sum());
  }

  /**
   * Stops listening, tells open requests that the tunnel is closed (gRPC status UNAVAILABLE) and
   * closes all connections. Returns when nothing is left, after some seconds at the latest; called
   * on an event loop of the tunnel's it does not wait. Closing twice does nothing.
   */
  @Override
  public void close() {
    boolean first = beginClose();
    boolean mayWait = !loops.inEventLoop();
    if (!first) {
      if (mayWait) {
        await();
      }
      return;
    }
    LOG.debug("tunnel on {} closes", address);
    listener
        .close()
        .addListener(
            stopped -> context.pairs().forEach(pair -> pair.shutDown("the tunnel was closed")));
    if (mayWait) {
      awaitPairs();
    }
    context.upstream().close();
    loops.close();
    closed.countDown();
  }

  private synchronized boolean beginClose() {
    boolean first = state == TunnelState.RUNNING;
    state = TunnelState.CLOSED;
    return first;
  }

  private void awaitPairs() {
    listener.closeFuture().awaitUninterruptibly(CLOSE_SECONDS, TimeUnit.SECONDS);
    for (ConnectionPair pair : context.pairs()) {
      pair.awaitClosed(CLOSE_SECONDS);
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
