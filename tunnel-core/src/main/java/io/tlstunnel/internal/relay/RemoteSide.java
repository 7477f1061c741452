package io.tlstunnel.internal.relay;

import io.netty.channel.Channel;
import io.tlstunnel.event.Stage;
import io.tlstunnel.event.TunnelFailure;
import io.tlstunnel.internal.upstream.Upstream;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The remote's side of a pair, from the moment that the route stands.
 *
 * @param peer the remote as a person knows it
 * @param requests what is written to it
 * @param responses what is read from it
 * @param keepalive null if it is never asked whether it lives
 */
record RemoteSide(
    Channel channel,
    String peer,
    RequestRelay requests,
    ResponseLeg responses,
    @Nullable Keepalive keepalive) {

  /** Something was read. */
  void heard() {
    if (keepalive != null) {
      keepalive.heard();
    }
  }

  boolean ownsPing(long payload) {
    return keepalive != null && keepalive.owns(payload);
  }

  TunnelFailure noSettings() {
    return Upstream.noSettings(peer);
  }

  TunnelFailure silent(long nanos) {
    return new TunnelFailure(
        Stage.RELAY,
        peer,
        "the remote has been silent for "
            + TimeUnit.NANOSECONDS.toMillis(nanos)
            + " ms and did not answer a PING",
        "check the network between here and the remote",
        true);
  }

  TunnelFailure stalled(Duration timeout) {
    return new TunnelFailure(
        Stage.RELAY,
        peer,
        "the remote has read nothing for " + timeout.toMillis() + " ms, though requests wait",
        "check whether the remote is overloaded; stallTimeout is the limit",
        true);
  }

  /** What it sent is not what HTTP/2 allows. */
  TunnelFailure broke(boolean spoke, @Nullable String how) {
    return Upstream.brokeProtocol(peer, spoke, how);
  }

  void close() {
    requests.close();
    responses.stop();
    if (keepalive != null) {
      keepalive.stop();
    }
    channel.close();
  }
}
