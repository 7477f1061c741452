package io.tlstunnel.internal.relay;

import io.netty.channel.Channel;
import io.tlstunnel.event.Limit;
import io.tlstunnel.event.TunnelFailure;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What time does to a pair: it looks at the pair in long intervals, never at a frame, and ends what
 * is idle, old, late, stalled or dead.
 */
final class PairClock
    implements Keepalive.Connection, Lifetime.Connection, ProgressCheck.Connection {
  private final ConnectionPair pair;
  private final Channel downstream;
  private final RelayContext context;
  private final PairReport report;
  private final Lifetime lifetime;
  private final ProgressCheck progress;
  private long writabilityChanges;

  PairClock(ConnectionPair pair, Channel downstream, RelayContext context, PairReport report) {
    this.pair = pair;
    this.downstream = downstream;
    this.context = context;
    this.report = report;
    this.lifetime = new Lifetime(this, downstream.eventLoop(), context.options());
    this.progress = new ProgressCheck(this, downstream.eventLoop(), context.options().limits());
  }

  /** One that asks the remote whether it lives; null if it is never asked. */
  @Nullable Keepalive keepalive(Channel upstream) {
    Duration interval = context.keepAliveInterval();
    return interval.isZero()
        ? null
        : new Keepalive(
            this, upstream, interval.toNanos(), context.options().keepAliveTimeout().toNanos());
  }

  /** One of the two sides takes more than it did, or no more. */
  void writabilityChanged() {
    writabilityChanges++;
  }

  void stop() {
    lifetime.stop();
    progress.stop();
  }

  @Override
  public boolean hasOpenStreams() {
    return pair.hasOpenStreams();
  }

  @Override
  public int lastStreamId() {
    return pair.lastStreamId();
  }

  @Override
  public boolean mayAsk() {
    return pair.open() && pair.requestLeg().betweenFrames();
  }

  @Override
  public void silent(long nanos) {
    RemoteSide there = pair.remote();
    if (there != null) {
      pair.lost(there.silent(nanos));
    }
  }

  @Override
  public void idle(Duration timeout) {
    pair.beginDrain("idle for " + timeout.toMillis() + " ms");
  }

  @Override
  public void old(Duration age) {
    pair.beginDrain("open for " + age.toMillis() + " ms");
  }

  @Override
  public long unfinishedHeaders() {
    HeaderBlock block = pair.headerBlock();
    boolean unfinished = block.open() || pair.requestLeg().withinHeaderFrame();
    // While the tunnel does not read it is not the client that is late.
    return unfinished && downstream.config().isAutoRead() ? block.begun() : ProgressCheck.NOTHING;
  }

  @Override
  public long unreadByClient() {
    return unread(downstream);
  }

  @Override
  public long unreadByRemote() {
    RemoteSide there = pair.remote();
    return there == null ? ProgressCheck.NOTHING : unread(there.channel());
  }

  /** What waits shrinks if something is read, and only grows again once all may be written. */
  private long unread(Channel channel) {
    return channel.isWritable()
        ? ProgressCheck.NOTHING
        : (writabilityChanges << Integer.SIZE) + channel.bytesBeforeWritable();
  }

  @Override
  public void headersLate(Duration timeout) {
    pair.clientBrokeProtocol(
        new LimitException(
            Limit.HEADER_TIMEOUT,
            "request headers not complete after " + timeout.toMillis() + " ms (headerTimeout)"));
  }

  @Override
  public void clientStalled(Duration timeout) {
    report.limitHit(
        Limit.STALL_TIMEOUT,
        "the client has read nothing for " + timeout.toMillis() + " ms (stallTimeout)");
    downstream.close();
  }

  @Override
  public void remoteStalled(Duration timeout) {
    RemoteSide there = pair.remote();
    if (there != null) {
      TunnelFailure failure = there.stalled(timeout);
      report.limitHit(Limit.STALL_TIMEOUT, failure.message());
      pair.lost(failure);
    }
  }
}
