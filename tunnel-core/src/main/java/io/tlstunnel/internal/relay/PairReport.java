package io.tlstunnel.internal.relay;

import io.netty.handler.codec.http2.Http2Exception;
import io.tlstunnel.event.Limit;
import io.tlstunnel.event.TunnelEvent;
import io.tlstunnel.event.TunnelFailure;
import io.tlstunnel.internal.wire.GoAway;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells the log and the listener what happens to one connection, under its number. */
final class PairReport {
  private static final Logger LOG = LoggerFactory.getLogger(ConnectionPair.class);
  private static final AtomicLong NUMBERS = new AtomicLong();

  /** What {@link RelayContext#limitHit} calls a connection that was not admitted. */
  private static final long REFUSED = 0;

  private final long number;
  private long sought = System.nanoTime();
  private final RelayContext context;
  private final Set<Limit> hit = EnumSet.noneOf(Limit.class);

  private PairReport(RelayContext context, long number) {
    this.context = context;
    this.number = number;
  }

  /** For a connection that is admitted. */
  static PairReport next(RelayContext context) {
    return new PairReport(context, NUMBERS.incrementAndGet());
  }

  /** For a connection that is turned away: that alone was worth an event. */
  static PairReport refused(RelayContext context) {
    return new PairReport(context, REFUSED);
  }

  /** The route is tried again. */
  void routeSought() {
    sought = System.nanoTime();
  }

  void routeStands(String peer) {
    Duration took = Duration.ofNanos(System.nanoTime() - sought);
    LOG.debug("connection {}: route to {} stands after {}", number, peer, took);
    context.tell(new TunnelEvent.RouteEstablished(number, peer, took));
  }

  void routeFailed(TunnelFailure failure) {
    context.warn(number, failure.message());
    context.counters().routesFailed.increment();
    context.tell(new TunnelEvent.RouteFailed(number, failure));
  }

  void routeLost(TunnelFailure failure) {
    context.warn(number, failure.message());
    context.counters().routesLost.increment();
    context.tell(new TunnelEvent.RouteLost(number, failure));
  }

  void limitHit(Limit limit, String message) {
    if (hit.add(limit)) {
      context.limitHit(number, limit, message);
    } else {
      context.counters().limitHit(limit);
    }
  }

  void answered(int streamId, LocalReply reply) {
    LOG.debug("connection {}, stream {}: {}", number, streamId, reply.message());
    context.tell(
        new TunnelEvent.RequestAnswered(number, streamId, reply.grpcStatus(), reply.message()));
  }

  void clientBrokeProtocol(Http2Exception broken) {
    String message = String.valueOf(broken.getMessage());
    LOG.debug("connection {}: the client broke the protocol: {}", number, message);
    context.tell(new TunnelEvent.ClientProtocolError(number, broken.error().name(), message));
  }

  void clientFailed(Throwable cause) {
    if (!context.outOfMemory(number, cause)) {
      LOG.debug("connection {}: client connection failed", number, cause);
    }
  }

  void clientGone(int openStreams) {
    LOG.debug("connection {}: client connection closed, {} streams open", number, openStreams);
    if (number != REFUSED) {
      context.tell(new TunnelEvent.ConnectionClosed(number));
    }
  }

  void remoteSilent(String peer, long nanos) {
    context.warn(
        number,
        "no byte from the remote for "
            + TimeUnit.NANOSECONDS.toMillis(nanos)
            + " ms while requests were open, and the client gave one up (check "
            + peer
            + " and the network between; keepAlive(...) ends a connection whose remote is gone)");
    context.tell(new TunnelEvent.RemoteSilent(number, peer, Duration.ofNanos(nanos)));
  }

  void remoteGoesAway(GoAway frame) {
    String message =
        "the remote ends the connection: " + frame.phrase() + ", stream " + frame.lastStreamId();
    if (frame.isError()) {
      context.warn(number, message);
    } else {
      LOG.debug("connection {}: {}", number, message);
    }
    context.tell(
        new TunnelEvent.GoAwayReceived(number, frame.lastStreamId(), frame.error(), frame.text()));
  }

  void remoteClosedIdle() {
    LOG.debug("connection {}: remote closed an idle connection", number);
  }

  void drains(String why) {
    LOG.debug("connection {}: drains: {}", number, why);
    context.tell(new TunnelEvent.DrainBegun(number, why));
  }

  void drained() {
    LOG.debug("connection {}: drained", number);
  }

  void cutOff() {
    context.warn(number, "closed in the middle of a frame of the remote's, without a word");
  }
}
