package io.tlstunnel.internal.upstream;

import io.netty.channel.Channel;
import io.tlstunnel.event.Stage;
import io.tlstunnel.event.TunnelFailure;
import org.jspecify.annotations.Nullable;

/** A route that is being built. */
public final class RouteAttempt {
  private final String peer;
  @Nullable Channel channel;
  boolean settled;

  RouteAttempt(String peer) {
    this.peer = peer;
  }

  /** What the route is waiting for. */
  public TunnelFailure overdue() {
    return new TunnelFailure(Stage.CONNECT, peer, "no answer", "", false);
  }

  /** Gives up. */
  public void cancel() {
    Channel open = channel;
    if (!settled && open != null) {
      open.close();
    }
    settled = true;
  }
}
