package io.tlstunnel.internal.relay;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.handler.codec.http2.Http2CodecUtil;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.util.concurrent.Future;
import io.tlstunnel.event.Stage;
import io.tlstunnel.event.TunnelEvent;
import io.tlstunnel.event.TunnelFailure;
import io.tlstunnel.internal.upstream.RouteAttempt;
import io.tlstunnel.internal.upstream.RouteListener;
import io.tlstunnel.internal.wire.FrameSplitter;
import io.tlstunnel.internal.wire.FrameWriter;
import io.tlstunnel.internal.wire.HeaderRules;
import io.tlstunnel.internal.wire.RequestHeaderTranscoder;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One client connection and the one remote connection that it is paired with: the state that both
 * legs share, and every transition between its {@linkplain PairState states}. Both channels live on
 * one event loop and so does all of this; only {@link #shutDown}, {@link #drain} and {@link
 * #awaitClosed} may be called from elsewhere.
 */
public final class ConnectionPair
    implements RouteListener, Keepalive.Connection, Lifetime.Connection {
  private static final Logger LOG = LoggerFactory.getLogger(ConnectionPair.class);
  private static final AtomicLong NUMBERS = new AtomicLong();

  /** A block that much longer than allowed is still read, to keep the compression state in step. */
  private static final int BLOCK_LIMIT_FACTOR = 16;

  /** The largest HPACK table that a remote may grant the client's encoder. */
  private static final int MAX_TABLE_SIZE = 65_536;

  private final long number = NUMBERS.incrementAndGet();
  private final long begun = System.nanoTime();
  private final RelayContext context;
  private final Channel downstream;
  private final StreamTable streams = new StreamTable();
  private final SettingsInFlight remoteSettings = new SettingsInFlight(MAX_TABLE_SIZE);
  private final Drain drain = new Drain();
  private final LocalServer local;
  private final RequestLeg requestLeg;
  private final WaitingRoom waitingRoom;
  private final Lifetime lifetime;

  private PairState state = PairState.WAITING;
  private boolean greetingAcknowledged;
  private int lastStreamId;
  private int goAwayStreamId = Integer.MAX_VALUE;
  private @Nullable RouteAttempt attempt;
  private @Nullable Future<?> settingsTimeout;
  private volatile @Nullable Remote remote;

  /** The remote's side of the pair, from the moment that the route stands. */
  private record Remote(
      Channel channel,
      String peer,
      RequestRelay requests,
      ResponseLeg responses,
      @Nullable Keepalive keepalive) {}

  private ConnectionPair(RelayContext context, Channel downstream) {
    this.context = context;
    this.downstream = downstream;
    this.local = new LocalServer(downstream, streams, context.counters());
    this.waitingRoom = new WaitingRoom(this, downstream, newTranscoder());
    this.requestLeg = new RequestLeg(this, new FrameSplitter(downstream.alloc(), waitingRoom));
    this.lifetime = new Lifetime(this, downstream.eventLoop(), context.options());
  }

  /**
   * Begins a pair for a client whose preface has been read and removed: greets it and starts the
   * route. The caller then passes on the client's further bytes through the pipeline.
   */
  public static ConnectionPair begin(RelayContext context, Channel downstream) {
    ConnectionPair pair = new ConnectionPair(context, downstream);
    context.pairs().add(pair);
    downstream.closeFuture().addListener(closed -> context.pairs().remove(pair));
    downstream.pipeline().addLast(pair.requestLeg);
    pair.local.greet();
    pair.attempt = context.upstream().open(downstream.eventLoop(), pair);
    return pair;
  }

  // From any thread.

  /** Ends the pair: open streams are told why, both connections close. */
  public void shutDown(String why) {
    downstream
        .eventLoop()
        .execute(
            () -> {
              if (state.open()) {
                answerAndClose(LocalReply.unavailable(why));
              } else {
                downstream.close();
              }
            });
  }

  /** Ends the pair with its last open stream, and loses none. */
  public void drain(String why) {
    downstream.eventLoop().execute(() -> beginDrain(why));
  }

  /** Waits until both connections are closed. Not on the event loop. */
  public void awaitClosed(long nanos) {
    downstream.closeFuture().awaitUninterruptibly(nanos, TimeUnit.NANOSECONDS);
    Remote there = remote;
    if (there != null) {
      there.channel.closeFuture().awaitUninterruptibly(nanos, TimeUnit.NANOSECONDS);
    }
  }

  // What the legs ask.

  StreamTable streams() {
    return streams;
  }

  ClientSettings clientSettings() {
    return local.client();
  }

  SettingsInFlight remoteSettings() {
    return remoteSettings;
  }

  Drain drain() {
    return drain;
  }

  LocalServer local() {
    return local;
  }

  int maxHeaderBlockBytes() {
    return context.options().maxHeaderListSize() * BLOCK_LIMIT_FACTOR;
  }

  @Override
  public int lastStreamId() {
    return lastStreamId;
  }

  @Override
  public boolean hasOpenStreams() {
    return streams.size() > streams.answered();
  }

  boolean awaitsSettings() {
    return state == PairState.AWAITING_SETTINGS;
  }

  // What the request direction reports.

  void sawStream(int streamId) {
    lastStreamId = Math.max(lastStreamId, streamId);
  }

  /** Whether this ACK is the one for the tunnel's greeting; it is so once. */
  boolean greetingAcknowledged() {
    boolean first = !greetingAcknowledged;
    greetingAcknowledged = true;
    return first;
  }

  void clientReadComplete() {
    Remote there = remote;
    if (there != null) {
      there.requests.readComplete();
    }
    endIfDrained();
  }

  void clientWritable(boolean writable) {
    Remote there = remote;
    if (there != null) {
      there.channel.config().setAutoRead(writable);
    }
  }

  /**
   * Refuses a request whose headers exceed a limit; the connection and its other streams live on.
   */
  void answerTooLarge(int streamId, RequestHeaderTranscoder headers) {
    RelayOptions options = context.options();
    String message =
        String.format(
            "request headers of %d bytes in %d fields exceed the tunnel's limit of %d bytes in %d"
                + " fields (maxHeaderListSize, maxHeaderFields)",
            headers.headerListSize(),
            headers.headerFields(),
            options.maxHeaderListSize(),
            options.maxHeaderFields());
    answer(streamId, LocalReply.headersTooLarge(message));
  }

  /** A request that waits is about to run out of its own time. */
  void overdue(int streamId) {
    if (!state.tunnelIsServer()
        || !streams.contains(streamId)
        || streams.has(streamId, StreamTable.ANSWERED)) {
      return;
    }
    Remote there = remote;
    if (there == null) {
      TunnelFailure failure = Objects.requireNonNull(attempt).overdue();
      answer(streamId, LocalReply.overdue(failure.message()));
      return;
    }
    answer(streamId, LocalReply.overdue(noSettings(there).message()));
    there.requests.cancel(streamId);
    there.requests.readComplete();
    streams.remove(streamId);
  }

  /** A request with a deadline has come while the remote has yet to say its first word. */
  void waitsForSettings(int streamId, long timeoutNanos) {
    waitingRoom.answerBefore(streamId, timeoutNanos);
  }

  void returnToConnectionWindow(int bytes) {
    if (bytes > 0) {
      ByteBuf out = local.words();
      FrameWriter.windowUpdate(out, 0, bytes);
      say(out);
    }
  }

  void drainAcknowledged() {
    ByteBuf out = local.words();
    drain.acknowledged(lastStreamId, out);
    say(out);
  }

  /** A stream that came after the last one that the GOAWAY promised to serve: safe to try again. */
  void refuseAfterGoAway(int streamId) {
    ByteBuf out = local.words();
    FrameWriter.resetStream(out, streamId, Http2Error.REFUSED_STREAM);
    streams.open(streamId, StreamTable.ANSWERED);
    say(out);
  }

  void clientBrokeProtocol(Http2Exception broken) {
    LOG.debug("connection {}: the client broke the protocol: {}", number, broken.getMessage());
    if (state.open()) {
      String message = String.valueOf(broken.getMessage());
      lastWords(local.words(), broken.error(), message);
      context.tell(new TunnelEvent.ClientProtocolError(number, broken.error().name(), message));
    }
  }

  void clientFailed(Throwable cause) {
    LOG.debug("connection {}: client connection failed", number, cause);
    downstream.close();
  }

  void clientLost() {
    LOG.debug("connection {}: client connection closed, {} streams open", number, streams.size());
    close();
    state = PairState.CLOSED;
    context.tell(new TunnelEvent.ConnectionClosed(number));
  }

  // What the route reports.

  @Override
  public void ready(Channel channel, String peer) {
    if (state != PairState.WAITING) {
      channel.close();
      return;
    }
    Duration took = Duration.ofNanos(System.nanoTime() - begun);
    LOG.debug("connection {}: route to {} stands after {}", number, peer, took);
    context.tell(new TunnelEvent.RouteEstablished(number, peer, took));
    state = PairState.AWAITING_SETTINGS;
    RequestRelay requests = new RequestRelay(this, channel, newTranscoder());
    ResponseLeg responses = new ResponseLeg(this, downstream);
    Remote there = new Remote(channel, peer, requests, responses, keepalive(channel));
    remote = there;
    channel.pipeline().addLast(responses);
    channel.write(Http2CodecUtil.connectionPrefaceBuf(), channel.voidPromise());
    // What waited is walked anew: it opens its streams again, but for those answered meanwhile.
    lastStreamId = 0;
    streams.keepAnswered();
    clientSettings().countAnew();
    requestLeg.replay(waitingRoom.leave(), requests);
    requests.readComplete();
    settingsTimeout =
        channel
            .eventLoop()
            .schedule(
                () -> lost(noSettings(there)),
                context.options().settingsTimeout().toNanos(),
                TimeUnit.NANOSECONDS);
    channel.config().setAutoRead(downstream.isWritable());
    downstream.config().setAutoRead(channel.isWritable());
  }

  @Override
  public void failed(TunnelFailure failure) {
    if (state == PairState.WAITING) {
      lost(failure);
    }
  }

  private @Nullable Keepalive keepalive(Channel channel) {
    Duration interval = context.keepAliveInterval();
    return interval.isZero()
        ? null
        : new Keepalive(
            this, channel, interval.toNanos(), context.options().keepAliveTimeout().toNanos());
  }

  // What the response direction reports.

  /** The remote's first frame is there: from now on it is the server. */
  void remoteSpoke() {
    state = PairState.RELAYING;
    waitingRoom.forgetDeadlines();
    if (settingsTimeout != null) {
      settingsTimeout.cancel(false);
    }
  }

  void remoteSettingsForwarded() {
    Remote there = remote;
    if (there != null) {
      there.requests.remoteSettingsForwarded();
    }
  }

  /** The remote ends the connection; its GOAWAY is about to be forwarded. */
  void remoteGoesAway(int lastStreamId, long error) {
    LOG.debug("connection {}: remote sent GOAWAY({}), error {}", number, lastStreamId, error);
    context.tell(new TunnelEvent.GoAwayReceived(number, lastStreamId, error));
    goAwayStreamId = Math.min(goAwayStreamId, lastStreamId);
    if (error == Http2Error.ENHANCE_YOUR_CALM.code()) {
      context.doubleKeepAliveInterval();
    }
  }

  void responseReadComplete() {
    Remote there = remote;
    if (there != null && there.keepalive != null) {
      there.keepalive.heard();
    }
    endIfDrained();
  }

  boolean ownsPing(long payload) {
    Remote there = remote;
    return there != null && there.keepalive != null && there.keepalive.owns(payload);
  }

  void remoteBrokeProtocol(Http2Exception broken) {
    lost(
        new TunnelFailure(
            awaitsSettings() ? Stage.SETTINGS : Stage.RELAY,
            peer(),
            "the remote does not keep to HTTP/2: " + broken.getMessage(),
            "check that the port serves HTTP/2",
            true));
  }

  void remoteLost(@Nullable Throwable cause) {
    if (!state.open()) {
      return;
    }
    boolean spoke = state == PairState.RELAYING;
    if (spoke && !hasOpenStreams()) {
      LOG.debug("connection {}: remote closed an idle connection", number);
      lastWords(local.words(), Http2Error.NO_ERROR, "the remote closed the connection");
      return;
    }
    lost(context.upstream().lost(cause, peer(), spoke));
  }

  private String peer() {
    Remote there = remote;
    return there == null ? "the remote" : there.peer;
  }

  // What the clock reports.

  @Override
  public boolean mayAsk() {
    return state.open() && requestLeg.betweenFrames();
  }

  @Override
  public void silent(long nanos) {
    lost(
        new TunnelFailure(
            Stage.RELAY,
            peer(),
            "the remote has been silent for "
                + TimeUnit.NANOSECONDS.toMillis(nanos)
                + " ms and did not answer a PING",
            "check the network between here and the remote",
            true));
  }

  @Override
  public void idle(Duration timeout) {
    beginDrain("idle for " + timeout.toMillis() + " ms");
  }

  @Override
  public void old(Duration age) {
    beginDrain("open for " + age.toMillis() + " ms");
  }

  private static TunnelFailure noSettings(Remote there) {
    return new TunnelFailure(
        Stage.SETTINGS,
        there.peer,
        "no answer",
        "check that the remote serves HTTP/2 on this port",
        true);
  }

  // Answers and ends.

  private void beginDrain(String why) {
    if (state.open() && !drain.begun()) {
      LOG.debug("connection {}: drains: {}", number, why);
      context.tell(new TunnelEvent.DrainBegun(number, why));
      ByteBuf out = local.words();
      drain.begin(why, out);
      say(out);
    }
  }

  private void endIfDrained() {
    if (drain.lastCall() && state.open() && !hasOpenStreams()) {
      LOG.debug("connection {}: drained", number);
      lastWords(local.words(), Http2Error.NO_ERROR, "drained");
    }
  }

  private void lost(TunnelFailure failure) {
    if (state.open()) {
      context.warn(number, failure.message());
      if (remote == null) {
        context.counters().routesFailed.increment();
        context.tell(new TunnelEvent.RouteFailed(number, failure));
      } else {
        context.counters().routesLost.increment();
        context.tell(new TunnelEvent.RouteLost(number, failure));
      }
      answerAndClose(LocalReply.unavailable(failure.message()));
    }
  }

  private boolean betweenFrames() {
    Remote there = remote;
    return there == null || there.responses.betweenFrames();
  }

  private void answer(int streamId, LocalReply reply) {
    LOG.debug("connection {}, stream {}: {}", number, streamId, reply.message());
    say(local.answer(streamId, reply));
    context.tell(
        new TunnelEvent.RequestAnswered(number, streamId, reply.grpcStatus(), reply.message()));
  }

  private void say(ByteBuf words) {
    local.say(words, betweenFrames());
  }

  private void answerAndClose(LocalReply reply) {
    int highest = Math.min(goAwayStreamId, drain.lastStreamId());
    lastWords(
        local.answerAll(reply, highest, state.tunnelIsServer()),
        Http2Error.NO_ERROR,
        reply.message());
  }

  /** Says the last words and a GOAWAY, and closes both connections. */
  private void lastWords(ByteBuf out, Http2Error error, String why) {
    boolean mayTalk = betweenFrames();
    int last = Math.min(lastStreamId, Math.min(goAwayStreamId, drain.lastStreamId()));
    FrameWriter.goAway(out, last, error, why);
    close();
    if (mayTalk) {
      LingeringClose.after(downstream, out);
    } else {
      out.release();
      context.warn(number, "closed in the middle of a frame of the remote's, without a word");
      downstream.close();
    }
  }

  /** Ends all but the client's connection. */
  private void close() {
    if (!state.open()) {
      return;
    }
    if (state == PairState.WAITING) {
      waitingRoom.close();
    } else {
      waitingRoom.forgetDeadlines();
    }
    state = PairState.CLOSING;
    lifetime.stop();
    requestLeg.stop();
    local.close();
    if (attempt != null) {
      attempt.cancel();
    }
    if (settingsTimeout != null) {
      settingsTimeout.cancel(false);
    }
    Remote there = remote;
    if (there != null) {
      there.requests.close();
      there.responses.stop();
      if (there.keepalive != null) {
        there.keepalive.stop();
      }
      there.channel.close();
    }
  }

  private RequestHeaderTranscoder newTranscoder() {
    RelayOptions options = context.options();
    return new RequestHeaderTranscoder(
        new HeaderRules(
            options.authority(), "https", options.maxHeaderListSize(), options.maxHeaderFields()));
  }
}
