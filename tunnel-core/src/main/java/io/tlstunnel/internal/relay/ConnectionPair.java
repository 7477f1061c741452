package io.tlstunnel.internal.relay;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.handler.codec.http2.Http2CodecUtil;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import io.tlstunnel.event.Limit;
import io.tlstunnel.event.TunnelFailure;
import io.tlstunnel.internal.upstream.RouteAttempt;
import io.tlstunnel.internal.upstream.RouteListener;
import io.tlstunnel.internal.wire.FrameFlags;
import io.tlstunnel.internal.wire.FrameSplitter;
import io.tlstunnel.internal.wire.FrameWriter;
import io.tlstunnel.internal.wire.GoAway;
import io.tlstunnel.internal.wire.HeaderRules;
import io.tlstunnel.internal.wire.RequestHeaderTranscoder;
import java.util.Objects;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One client connection and the one remote connection that it is paired with: the state that both
 * legs share, and every transition between its {@linkplain PairState states}. Both channels live on
 * one event loop and so does all of this; only {@link #shutDown}, {@link #drain} and {@link
 * #awaitClosed} may be called from elsewhere.
 */
public final class ConnectionPair implements RouteListener {
  /** The largest HPACK table that a remote may grant the client's encoder. */
  private static final int MAX_TABLE_SIZE = 65_536;

  private final RelayContext context;
  private final PairReport report;
  private final Channel downstream;
  private final StreamTable streams = new StreamTable();
  private final SettingsInFlight remoteSettings;
  private final Greeting greeting;
  private final Drain drain = new Drain();
  private final BufferBudget.Share bufferShare;
  private final RemoteSilence silence = new RemoteSilence(System::nanoTime);
  private final LocalServer local;
  private final RequestLeg requestLeg;
  private final Refusals refusals;
  private final PairClock clock;
  private final RemoteGoAway goAway = new RemoteGoAway();
  private final FailedRoute failedRoute = new FailedRoute();

  private PairState state = PairState.WAITING;
  private int lastStreamId;
  private WaitingRoom waitingRoom;
  private @Nullable RouteAttempt attempt;
  private @Nullable Refusal refusal;
  private @Nullable Future<?> settingsTimeout;
  private @Nullable Ending ending;
  private @Nullable RemoteSide remote;

  /** The client's channel, and those of remotes, that have yet to close; on the event loop. */
  private int channels = 1;

  private final Promise<Void> over;

  private ConnectionPair(RelayContext context, Channel downstream, PairReport report) {
    this.context = context;
    this.report = report;
    this.downstream = downstream;
    this.bufferShare = context.budget().share(this::heldTooMuch);
    this.greeting = Objects.requireNonNull(context.greeting().get());
    this.remoteSettings = new SettingsInFlight(MAX_TABLE_SIZE, greeting);
    this.local = new LocalServer(downstream, streams, context.counters());
    this.over = downstream.eventLoop().newPromise();
    this.waitingRoom = WaitingRoom.first(this, downstream, newTranscoder());
    this.requestLeg = new RequestLeg(this, new FrameSplitter(downstream.alloc(), waitingRoom));
    this.refusals = new Refusals(this, report, local, context);
    this.clock = new PairClock(this, downstream, context, report);
  }

  /**
   * Begins a pair for a client whose preface has been read and removed: greets it and starts the
   * route. The caller then passes on the client's further bytes through the pipeline.
   */
  public static ConnectionPair begin(RelayContext context, Channel downstream) {
    ConnectionPair pair = new ConnectionPair(context, downstream, PairReport.next(context));
    context.pairs().add(pair);
    downstream.closeFuture().addListener(closed -> pair.channelClosed());
    downstream.pipeline().addLast(pair.requestLeg);
    pair.local.greet(pair.greeting);
    pair.attempt = context.upstream().open(downstream.eventLoop(), pair);
    return pair;
  }

  /**
   * Turns away a client whose preface has been read and removed: it is greeted, and its requests
   * are answered as if its route had failed. It is none of the tunnel's {@linkplain
   * RelayContext#pairs pairs}.
   */
  static void refuse(RelayContext context, Channel downstream, String why) {
    ConnectionPair pair = new ConnectionPair(context, downstream, PairReport.refused(context));
    downstream.pipeline().addLast(pair.requestLeg);
    pair.local.greet(pair.greeting);
    pair.noRoom(LocalReply.overloaded(why));
  }

  /** The pair is over with its last connection: a close of the tunnel waits for all. */
  private void channelClosed() {
    if (--channels == 0) {
      context.pairs().remove(this);
      over.setSuccess(null);
    }
  }

  // From any thread.

  /** Ends the pair: open streams are told why, both connections close. */
  public void shutDown(String why) {
    downstream
        .eventLoop()
        .execute(
            () -> {
              if (state.open()) {
                LocalReply reply = LocalReply.unavailable(why);
                end(reply, reply);
              } else if (state == PairState.ENDING) {
                clientKnowsOfTheEnd();
              } else {
                downstream.close();
              }
            });
  }

  /** Ends the pair with its last open stream, and loses none. */
  public void drain(String why) {
    downstream.eventLoop().execute(() -> beginDrain(why));
  }

  /** Waits until all connections are closed. Not on the event loop. */
  public void awaitClosed(long nanos) {
    over.awaitUninterruptibly(nanos, TimeUnit.NANOSECONDS);
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

  Refusals refusals() {
    return refusals;
  }

  RequestLeg requestLeg() {
    return requestLeg;
  }

  /** Where the client's header blocks are gathered now. */
  HeaderBlock headerBlock() {
    RemoteSide there = remote;
    return there == null ? waitingRoom.block() : there.requests().block();
  }

  /** What follows the client's compression state now. */
  RequestHeaderTranscoder requestHeaders() {
    RemoteSide there = remote;
    return there == null ? waitingRoom.inspector() : there.requests().transcoder();
  }

  /** The remote's side; null until the route stands. */
  @Nullable RemoteSide remote() {
    return remote;
  }

  RemoteSilence silence() {
    return silence;
  }

  /** What the connection holds of the tunnel's buffers. */
  BufferBudget.Share bufferShare() {
    return bufferShare;
  }

  RelayLimits limits() {
    return context.options().limits();
  }

  /** How many requests wait for the end of their response. */
  int openStreams() {
    return streams.size() - streams.answered();
  }

  int lastStreamId() {
    return lastStreamId;
  }

  boolean hasOpenStreams() {
    return openStreams() > 0;
  }

  boolean open() {
    return state.open();
  }

  boolean awaitsSettings() {
    return state == PairState.AWAITING_SETTINGS;
  }

  // What the request direction reports.

  /** A request has come for which there is no remote. */
  void requestWaits() {
    if (state == PairState.FAILED || state == PairState.REFUSED) {
      requestLeg.answered();
    }
  }

  void sawStream(int streamId) {
    lastStreamId = Math.max(lastStreamId, streamId);
  }

  void clientReadComplete() {
    if (state == PairState.REFUSED && hasOpenStreams()) {
      tellFailure();
    }
    if (state == PairState.FAILED && hasOpenStreams()) {
      requestsBehindFailure();
    }
    if (ending != null) {
      ending.readComplete();
    } else {
      flushRequests();
    }
    sayPending();
    endIfDrained();
  }

  /** Says what the client's requests have provoked. */
  private void sayPending() {
    if (local.hasPending() && betweenFrames()) {
      local.sayPending();
      readRequests();
    }
  }

  private void flushRequests() {
    RemoteSide there = remote;
    if (there != null) {
      there.requests().readComplete();
    }
  }

  /** Some of what the client sent has been passed on, and there may be more. */
  void requestsRead() {
    RemoteSide there = remote;
    if (there != null && BackPressure.of(there.channel())) {
      readRequests();
    }
  }

  void clientWritable(boolean writable) {
    clock.writabilityChanged();
    if (writable) {
      RemoteSide there = remote;
      if (there != null && state.open()) {
        there.channel().config().setAutoRead(true);
      }
      local.heard();
      readRequests();
    }
  }

  /**
   * Reads from the client unless what it sends has nowhere to go, or it has not read what it was
   * told.
   */
  void readRequests() {
    if (!state.open() && state != PairState.ENDING) {
      return;
    }
    if (requestLeg.paused()) {
      requestLeg.goOnLater(downstream);
    } else {
      downstream.config().setAutoRead(hasRoom() && !local.unheard());
    }
  }

  /** Whether what the client sends has somewhere to go; at the end it is dropped. */
  private boolean hasRoom() {
    if (state == PairState.ENDING) {
      return true;
    }
    RemoteSide there = remote;
    return there == null ? !waitingRoom.full() : there.channel().isWritable();
  }

  /** SETTINGS of the client's; malformed ones are left to the remote. */
  void clientSettingsCame(int streamId, ByteBuf bytes, int payload, int length)
      throws LimitException {
    if (streamId != 0 || length % FrameWriter.SETTING_LENGTH != 0) {
      return;
    }
    local.settingsCame(bytes, payload, length, lastStreamId > 0);
    stopUntilHeard();
    if (state.tunnelIsServer() && clientSettings().frames() > SettingsInFlight.MAX_UNACKNOWLEDGED) {
      throw new LimitException(
          Limit.SETTINGS_FRAMES,
          "more than "
              + SettingsInFlight.MAX_UNACKNOWLEDGED
              + " SETTINGS frames before the remote's first");
    }
  }

  /**
   * A PING of the client's, or an ACK. While the tunnel is the server it answers, and the remote
   * never sees what is answered.
   *
   * @return whether the remote shall see it
   */
  boolean clientPing(int flags, int streamId, int length, ByteBuf bytes, int payload) {
    if (length != Long.BYTES || streamId != 0) {
      return true;
    }
    if (FrameFlags.has(flags, FrameFlags.ACK)) {
      long opaque = bytes.getLong(payload);
      if (drain.owns(opaque)) {
        drain.acknowledged(lastStreamId, local.pending());
        stopUntilHeard();
        return false;
      }
      return !failedRoute.acknowledged(opaque);
    }
    if (state.tunnelIsServer()) {
      local.answerPing(bytes.getLong(payload));
      stopUntilHeard();
      return false;
    }
    return true;
  }

  /** A request that waits is about to run out of its own time. */
  void overdue(int streamId) {
    if (!state.tunnelIsServer()
        || !streams.contains(streamId)
        || streams.has(streamId, StreamTable.ANSWERED)) {
      return;
    }
    RemoteSide there = remote;
    if (there == null) {
      TunnelFailure failure = Objects.requireNonNull(attempt).overdue();
      answer(streamId, LocalReply.overdue(failure.message()));
      return;
    }
    answer(streamId, LocalReply.overdue(there.noSettings().message()));
    there.requests().cancel(streamId);
    there.requests().readComplete();
    there.responses().ended(streamId);
    streams.remove(streamId);
  }

  /** A request with a deadline has come while the remote has yet to say its first word. */
  void waitsForSettings(int streamId, long timeoutNanos) {
    waitingRoom.answerBefore(streamId, timeoutNanos);
  }

  /** The client has reset a request that was open, or left with it. */
  void clientGaveUp(int streamId) {
    long silent = silence.givenUp(streamId);
    RemoteSide there = remote;
    if (silent > 0 && there != null) {
      report.remoteSilent(there.peer(), silent);
    }
  }

  /** The client takes more DATA on the connection, and the remote is about to be told. */
  void connectionWindowGrows(int increment) {
    if (awaitsSettings()) {
      local.windowGrows(increment);
    }
  }

  void returnToRemotesWindow(int bytes) {
    RemoteSide there = remote;
    if (there != null && bytes > 0) {
      there.requests().giveBack(bytes);
      there.requests().readComplete();
    }
  }

  void clientBrokeProtocol(Http2Exception broken) {
    if (state.open() || state == PairState.ENDING) {
      // The frames before the broken one were in order, and are the remote's to answer.
      flushRequests();
      lastWords(broken.error(), String.valueOf(broken.getMessage()));
      if (broken instanceof LimitException over) {
        report.limitHit(over.limit(), String.valueOf(over.getMessage()));
      }
      report.clientBrokeProtocol(broken);
    }
  }

  /** Another connection needs what this one holds; told on that connection's loop. */
  private void heldTooMuch(LimitException why) {
    try {
      downstream.eventLoop().execute(() -> clientBrokeProtocol(why));
    } catch (RejectedExecutionException closing) {
      downstream.close(); // The loops have been shut down, and connections with them.
    }
  }

  void clientFailed(Throwable cause) {
    report.clientFailed(cause);
    downstream.close();
  }

  void clientLost() {
    if (state.open() && hasOpenStreams()) {
      clientGaveUp(lastStreamId);
    }
    close();
    state = PairState.CLOSED;
    report.clientGone(streams.size());
  }

  // What the route reports.

  @Override
  public void ready(Channel channel, String peer) {
    if (state != PairState.WAITING) {
      channel.close();
      return;
    }
    report.routeStands(peer);
    state = PairState.AWAITING_SETTINGS;
    channels++;
    channel.closeFuture().addListener(closed -> channelClosed());
    RequestRelay requests =
        new RequestRelay(this, channel, waitingRoom.outside(), waitingRoom.answeredUpTo());
    ResponseLeg responses = new ResponseLeg(this, downstream);
    RemoteSide there = new RemoteSide(channel, peer, requests, responses, clock.keepalive(channel));
    remote = there;
    channel.pipeline().addLast(responses);
    settingsTimeout =
        channel
            .eventLoop()
            .schedule(
                () -> lost(there.noSettings()),
                context.options().settingsTimeout().toNanos(),
                TimeUnit.NANOSECONDS);
    channel.write(Http2CodecUtil.connectionPrefaceBuf(), channel.voidPromise());
    if (waitingRoom.clientIsUnknown()) {
      requests.introduceClient();
    } else {
      local.walkAgain();
    }
    // What waited is walked anew: it opens its streams again, but for those answered meanwhile.
    lastStreamId = waitingRoom.answeredUpTo();
    streams.keepAnswered();
    requestLeg.replay(waitingRoom.leave(), requests);
    requests.readComplete();
    channel.config().setAutoRead(downstream.isWritable());
    sayPending();
    readRequests();
  }

  @Override
  public void failed(TunnelFailure why) {
    if (state != PairState.WAITING) {
      return;
    }
    report.routeFailed(why);
    failedRoute.failed(LocalReply.unavailable(why.message()));
    state = PairState.FAILED;
    if (lastStreamId > waitingRoom.answeredUpTo()) {
      tellFailure();
    }
  }

  /** Answers all that waits, and keeps the connection for what comes next. */
  private void tellFailure() {
    LocalReply reply = failedRoute.reply();
    if (state == PairState.FAILED) {
      failedRoute.announce(local.pending());
    }
    local.answerAll(reply, lastPromised());
    if (!mayTryAgain()) {
      awaitClient(reply.message(), reply);
      return;
    }
    local.beginAnew();
    WaitingRoom left = waitingRoom;
    waitIn(left.next(downstream));
    left.close();
  }

  private boolean mayTryAgain() {
    return local.mayBeginAnew()
        && !drain.begun()
        && !headerBlock().open()
        && requestLeg.betweenFrames()
        && !downstream.eventLoop().isShuttingDown();
  }

  private void waitIn(WaitingRoom next) {
    waitingRoom = next;
    requestLeg.handOver(next);
    local.sayPending();
    readRequests();
  }

  /** A client whose route has failed asks for more. */
  private void requestsBehindFailure() {
    if (failedRoute.fresh()) {
      tellFailure();
    } else {
      state = PairState.WAITING;
      report.routeSought();
      tryAgain();
    }
  }

  private void tryAgain() {
    try {
      attempt = context.upstream().open(downstream.eventLoop(), this);
    } catch (IllegalStateException | RejectedExecutionException closed) {
      LocalReply reply = LocalReply.unavailable("the tunnel was closed");
      end(reply, reply); // As the task says that closes this connection, and that is queued.
    }
  }

  /** The tunnel has no room for this client. */
  private void noRoom(LocalReply why) {
    failedRoute.failed(why);
    state = PairState.REFUSED;
    refusal = new Refusal(downstream.eventLoop(), this::lastStreamId, () -> end(why, why));
  }

  // What the response direction reports.

  /** The remote's first SETTINGS frame is there: from now on it is the server. */
  void remoteSpoke(ByteBuf bytes, int payload, int length) {
    state = PairState.RELAYING;
    context.greeting().set(Greeting.like(bytes, payload, length));
    local.remoteSpeaks(bytes, payload, length);
    waitingRoom.forgetDeadlines();
    if (settingsTimeout != null) {
      settingsTimeout.cancel(false);
    }
  }

  void remoteSettingsForwarded() {
    RemoteSide there = remote;
    if (there != null) {
      there.requests().remoteSettingsForwarded();
    }
  }

  /** The remote ends the connection; its GOAWAY is about to be forwarded. */
  void remoteGoesAway(GoAway frame, boolean tooManyPings) {
    if (goAway.received(frame)) {
      report.remoteGoesAway(frame);
      if (tooManyPings) {
        context.doubleKeepAliveInterval();
      }
    }
  }

  void remoteWritable(boolean writable) {
    clock.writabilityChanged();
    if (writable) {
      readRequests();
    }
  }

  void responseReadComplete() {
    silence.heard();
    RemoteSide there = remote;
    if (there != null) {
      there.heard();
    }
    sayPending();
    endIfDrained();
  }

  boolean ownsPing(long payload) {
    RemoteSide there = remote;
    return there != null && there.ownsPing(payload);
  }

  void remoteBrokeProtocol(Http2Exception broken) {
    RemoteSide there = remote;
    if (there != null) {
      if (broken instanceof LimitException over) {
        report.limitHit(over.limit(), String.valueOf(over.getMessage()));
      }
      there.requests().goAway(broken.error(), String.valueOf(broken.getMessage()));
      lost(there.broke(!awaitsSettings(), broken.getMessage()));
    }
  }

  void remoteLost(@Nullable Throwable cause) {
    if (!state.open()) {
      return;
    }
    boolean spoke = state == PairState.RELAYING;
    if (spoke && !hasOpenStreams() && betweenFrames()) {
      report.remoteClosedIdle();
      // What crosses it the remote has not seen: the client may repeat it on another connection.
      awaitClient("the remote closed the connection", null);
      return;
    }
    RemoteSide there = Objects.requireNonNull(remote);
    lost(goAway.explain(context.upstream().lost(cause, there.peer(), spoke)));
  }

  // Answers and ends.

  void beginDrain(String why) {
    if (state.open() && !drain.begun()) {
      report.drains(why);
      drain.begin(why, local.pending());
      sayPending();
    }
  }

  private void endIfDrained() {
    // A stream is forgotten at the header of its last frame, which may still be passing.
    if (drain.lastCall() && state.open() && !hasOpenStreams() && betweenFrames()) {
      report.drained();
      lastWords(Http2Error.NO_ERROR, "drained");
    }
  }

  /**
   * What is open is told why. As long as the remote has said nothing the client keeps its
   * connection. If the remote has served the client, the connection ends with the remote's; a
   * request that crosses the end is refused as not processed: another connection may be served.
   */
  void lost(TunnelFailure failure) {
    if (!state.open()) {
      return;
    }
    report.routeLost(failure);
    LocalReply reply = LocalReply.unavailable(failure.message());
    if (awaitsSettings()) {
      failedRoute.failed(reply);
      failedRoute.announce(local.pending());
    }
    local.answerAll(reply, lastPromised());
    if (awaitsSettings() && mayTryAgain()) {
      leaveSilentRemote();
    } else {
      awaitClient(reply.message(), state.tunnelIsServer() ? reply : null);
    }
  }

  /** The remote has said nothing, so that another may take its place. */
  private void leaveSilentRemote() {
    RemoteSide there = Objects.requireNonNull(remote);
    RequestRelay requests = there.requests();
    if (settingsTimeout != null) {
      settingsTimeout.cancel(false);
    }
    local.beginAnew();
    refusals.returnToConnectionWindow((int) requests.data());
    waitingRoom.forgetDeadlines();
    remote = null;
    there.close();
    silence.heard();
    state = PairState.FAILED;
    waitIn(WaitingRoom.another(this, downstream, requests.transcoder().forAnotherRemote()));
  }

  private boolean betweenFrames() {
    RemoteSide there = remote;
    return there == null || there.responses().betweenFrames();
  }

  private void answer(int streamId, LocalReply reply) {
    local.answer(streamId, reply);
    sayPending();
    report.answered(streamId, reply);
  }

  /** Whether what the client provokes has somewhere to go. */
  boolean mayAnswer() {
    return (state.open() || state == PairState.ENDING) && !local.unheard();
  }

  /**
   * The client has provoked something: reads no more in this turn if there were many, or while much
   * of it waits to be said, or read.
   */
  void stopUntilHeard() {
    requestLeg.answered();
    if (local.unheard()) {
      readRequests();
    }
  }

  /**
   * Answers all that is open.
   *
   * @param late for what the client sends before it knows of the end; null to refuse that
   */
  private void end(LocalReply reply, @Nullable LocalReply late) {
    local.answerAll(reply, lastPromised());
    awaitClient(reply.message(), late);
  }

  /** No stream above it is answered: a GOAWAY has told the client that it is not served. */
  private int lastPromised() {
    return Math.min(goAway.lastStreamId(), drain.lastStreamId());
  }

  /**
   * Announces the end, and stays the client's server until the client has heard of it.
   *
   * @param reply for the requests that come meanwhile; null to refuse them
   */
  private void awaitClient(String why, @Nullable LocalReply reply) {
    boolean knows = lastPromised() < Integer.MAX_VALUE;
    if (knows || !betweenFrames() || downstream.eventLoop().isShuttingDown()) {
      lastWords(Http2Error.NO_ERROR, why);
      return;
    }
    drain.beginWithPing(why, local.pending());
    Ending last = new Ending(this, downstream, why, reply);
    ending = last;
    leaveRemote(PairState.ENDING);
    requestLeg.handOver(last);
    DroppedBytes.count(downstream);
    local.sayPending();
    readRequests();
  }

  /** The client has seen that the connection ends, or has had its time. */
  void clientKnowsOfTheEnd() {
    if (state == PairState.ENDING) {
      lastWords(Http2Error.NO_ERROR, Objects.requireNonNull(ending).why());
    }
  }

  /** Says what is pending and a GOAWAY, and closes both connections. */
  private void lastWords(Http2Error error, String why) {
    boolean mayTalk = betweenFrames();
    FrameWriter.goAway(local.pending(), Math.min(lastStreamId, lastPromised()), error, why);
    ByteBuf words = local.takePending();
    close();
    if (mayTalk) {
      LingeringClose.after(downstream, words);
    } else {
      words.release();
      report.cutOff();
      downstream.close();
    }
  }

  /** Ends all but the client's connection. */
  private void close() {
    if (state == PairState.CLOSING || state == PairState.CLOSED) {
      return;
    }
    if (state.open()) {
      leaveRemote(PairState.CLOSING);
    }
    state = PairState.CLOSING;
    if (ending != null) {
      ending.stop();
    }
    requestLeg.stop();
    headerBlock().release();
    bufferShare.close();
    local.close();
  }

  /** Ends what is for the remote, or for finding it. */
  private void leaveRemote(PairState next) {
    if (remote == null) {
      waitingRoom.close();
    } else {
      waitingRoom.forgetDeadlines();
    }
    state = next;
    clock.stop();
    if (attempt != null) {
      attempt.cancel();
    }
    if (settingsTimeout != null) {
      settingsTimeout.cancel(false);
    }
    if (refusal != null) {
      refusal.stop();
    }
    RemoteSide there = remote;
    if (there != null) {
      there.close();
    }
  }

  private RequestHeaderTranscoder newTranscoder() {
    RelayOptions options = context.options();
    return new RequestHeaderTranscoder(
        new HeaderRules(
            options.authority(),
            "https",
            limits().maxHeaderListSize(),
            limits().maxHeaderFields()));
  }
}
