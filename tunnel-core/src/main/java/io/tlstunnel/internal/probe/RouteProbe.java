package io.tlstunnel.internal.probe;

import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.socket.SocketChannel;
import io.netty.util.concurrent.Future;
import io.tlstunnel.diagnosis.RouteDiagnosis;
import io.tlstunnel.internal.upstream.Resolver;
import io.tlstunnel.internal.upstream.Upstream;
import io.tlstunnel.internal.upstream.UpstreamOptions;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

/**
 * Walks one tunnel's route, each time on a connection of its own and with a TLS context of its own,
 * so that no session is resumed and the remote shows all that it has.
 *
 * @param options the tunnel's
 * @param resolver the tunnel's
 * @param authority of the call that is made
 */
public record RouteProbe(UpstreamOptions options, Resolver resolver, String authority) {
  /** How much later than the limit the walk may end: a goodbye that nobody reads, a busy loop. */
  private static final long GRACE_SECONDS = 10;

  /**
   * Walks the route, and returns when the connection is closed. Not to be called on an event loop.
   * A thread that is interrupted gives the walk up, stays interrupted and gets what was found.
   *
   * @param limit for the whole walk
   * @throws IllegalStateException if the event loop does not answer
   */
  public RouteDiagnosis walk(
      EventLoopGroup loops, Class<? extends SocketChannel> socket, Duration limit) {
    EventLoop loop = loops.next();
    RouteWalk walk = new RouteWalk(options.within(limit), authority, loop);
    try (Upstream upstream = new Upstream(options.within(limit), socket, resolver, walk)) {
      loop.execute(() -> walk.begin(upstream));
      Future<RouteDiagnosis> result = walk.result();
      boolean ended;
      try {
        ended = result.await(limit.toMillis() + TimeUnit.SECONDS.toMillis(GRACE_SECONDS));
      } catch (InterruptedException interrupted) {
        loop.execute(walk::interrupted);
        ended = result.awaitUninterruptibly(GRACE_SECONDS, TimeUnit.SECONDS);
        Thread.currentThread().interrupt();
      }
      if (!ended) {
        throw new IllegalStateException(
            "the diagnosis did not end in " + limit + ": something blocks its event loop " + loop);
      }
      return Objects.requireNonNull(result.getNow());
    }
  }
}
