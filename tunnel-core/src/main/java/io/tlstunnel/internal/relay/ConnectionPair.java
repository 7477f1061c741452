package io.tlstunnel.internal.relay;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.handler.codec.http2.Http2CodecUtil;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.tlstunnel.event.Stage;
import io.tlstunnel.event.TunnelEvent;
import io.tlstunnel.event.TunnelFailure;
import io.tlstunnel.internal.upstream.RouteAttempt;
import io.tlstunnel.internal.upstream.RouteListener;
import io.tlstunnel.internal.wire.FrameSplitter;
import io.tlstunnel.internal.wire.FrameWriter;
import io.tlstunnel.internal.wire.HeaderRules;
import io.tlstunnel.internal.wire.RequestHeaderTranscoder;
import java.util.Objects;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One client connection and the one remote connection that it is paired with: the state both legs
 * share, and every transition between {@link PairState states}. Both channels live on one event
 * loop and so does all of this; only {@link #shutDown} may come from elsewhere.
 */
public final class ConnectionPair implements RouteListener {
  private static final Logger LOG = LoggerFactory.getLogger(ConnectionPair.class);
  private static final AtomicLong NUMBERS = new AtomicLong();

  /**
   * A block that much longer than allowed is still read, to keep the compression state and the
   * connection.
   */
  private static final int BLOCK_LIMIT_FACTOR = 16;

  /** The largest HPACK table that a remote may grant the client's encoder. */
  private static final int MAX_TABLE_SIZE = 65_536;

  private final long number = NUMBERS.incrementAndGet();
  private final RelayContext context;
  private final Channel downstream;
  private final StreamTable streams = new StreamTable();
  private final ClientSettings clientSettings = new ClientSettings();
  private final SettingsInFlight remoteSettings = new SettingsInFlight(MAX_TABLE_SIZE);
  private final RequestLeg requestLeg;
  private final WaitingRoom waitingRoom;

  private PairState state = PairState.WAITING;
  private boolean greetingAcknowledged;
  private int lastStreamId;
  private int goAwayStreamId = Integer.MAX_VALUE;
  private int maxRequestFrameSize = Http2CodecUtil.DEFAULT_MAX_FRAME_SIZE;
  private @Nullable RouteAttempt attempt;
  private volatile @Nullable Channel upstream;
  private @Nullable String peer;
  private @Nullable RequestRelay requestRelay;
  private @Nullable ResponseLeg responseLeg;
  private @Nullable Future<?> settingsTimeout;

  private ConnectionPair(RelayContext context, Channel downstream) {
    this.context = context;
    this.downstream = downstream;
    this.waitingRoom = new WaitingRoom(this, downstream, newTranscoder());
    this.requestLeg = new RequestLeg(this, new FrameSplitter(downstream.alloc(), waitingRoom));
  }

  /**
   * Begins a pair for a client whose preface has been read and removed: greets it and starts the
   * route. The caller then passes on the client's further bytes through the pipeline.
   */
  public static void begin(RelayContext context, Channel downstream) {
    ConnectionPair pair = new ConnectionPair(context, downstream);
    context.pairs().add(pair);
    downstream.closeFuture().addListener(closed -> context.pairs().remove(pair));
    downstream.pipeline().addLast(pair.requestLeg);
    // Clients send nothing until they have SETTINGS, so a tunnel that waited for the remote's would
    // have nobody to explain a failure to.
    ByteBuf greeting = downstream.alloc().buffer(FrameSplitter.HEADER_LENGTH);
    FrameWriter.settings(greeting);
    downstream.writeAndFlush(greeting, downstream.voidPromise());
    pair.attempt = context.upstream().open(downstream.eventLoop(), pair);
  }

  /** Ends the pair from any thread: open streams are told why, both connections close. */
  public void shutDown(String why) {
    downstream
        .eventLoop()
        .execute(
            () -> {
              if (state.open()) {
                answerAndClose(LocalReply.unavailable(why), Http2Error.NO_ERROR);
              } else {
                downstream.close();
              }
            });
  }

  /** Waits until both connections are closed. Not on the event loop. */
  public void awaitClosed(long seconds) {
    downstream.closeFuture().awaitUninterruptibly(seconds, TimeUnit.SECONDS);
    Channel remote = upstream;
    if (remote != null) {
      remote.closeFuture().awaitUninterruptibly(seconds, TimeUnit.SECONDS);
    }
  }

  // What the legs ask.

  StreamTable streams() {
    return streams;
  }

  ClientSettings clientSettings() {
    return clientSettings;
  }

  SettingsInFlight remoteSettings() {
    return remoteSettings;
  }

  int maxHeaderBlockBytes() {
    return context.options().maxHeaderListSize() * BLOCK_LIMIT_FACTOR;
  }

  int maxRequestFrameSize() {
    return maxRequestFrameSize;
  }

  int lastStreamId() {
    return lastStreamId;
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
    if (requestRelay != null) {
      requestRelay.readComplete();
    }
  }

  void clientWritable(boolean writable) {
    if (upstream != null) {
      upstream.config().setAutoRead(writable);
    }
  }

  /**
   * Refuses a request whose headers exceed a limit; the connection and its other streams live on.
   */
  void answerTooLarge(int streamId, RequestHeaderTranscoder headers) {
    String message =
        "request headers of "
            + headers.headerListSize()
            + " bytes in "
            + headers.headerFields()
            + " fields exceed the tunnel's limit of "
            + context.options().maxHeaderListSize()
            + " bytes in "
            + context.options().maxHeaderFields()
            + " fields";
    answer(streamId, LocalReply.headersTooLarge(message));
  }

  /** A request that waits is about to run out of its own time. */
  void overdue(int streamId) {
    if (!state.tunnelIsServer()
        || !streams.contains(streamId)
        || streams.has(streamId, StreamTable.ANSWERED)) {
      return;
    }
    RequestRelay relay = requestRelay;
    if (relay == null) {
      answer(streamId, LocalReply.overdue(Objects.requireNonNull(attempt).overdue().message()));
      return;
    }
    answer(streamId, LocalReply.overdue(noSettings().message()));
    relay.cancel(streamId);
    relay.readComplete();
    streams.remove(streamId);
  }

  void returnToConnectionWindow(int bytes) {
    if (bytes > 0) {
      ByteBuf out = downstream.alloc().buffer(FrameSplitter.HEADER_LENGTH + Integer.BYTES);
      FrameWriter.windowUpdate(out, 0, bytes);
      say(out);
    }
  }

  void clientBrokeProtocol(Http2Exception broken) {
    LOG.debug("pair {}: the client broke the protocol: {}", number, broken.getMessage());
    if (state.open()) {
      goAwayAndClose(broken.error(), String.valueOf(broken.getMessage()));
    }
  }

  void clientFailed(Throwable cause) {
    LOG.debug("pair {}: client connection failed", number, cause);
    downstream.close();
  }

  void clientLost() {
    LOG.debug("pair {}: client connection closed, {} streams open", number, streams.size());
    close();
    state = PairState.CLOSED;
  }

  // What the route reports.

  @Override
  public void ready(Channel channel, String peer) {
    if (state != PairState.WAITING) {
      channel.close();
      return;
    }
    LOG.debug("pair {}: route to {} stands", number, peer);
    state = PairState.AWAITING_SETTINGS;
    this.peer = peer;
    upstream = channel;
    responseLeg = new ResponseLeg(this, downstream);
    channel.pipeline().addLast(responseLeg);
    RequestRelay relay = new RequestRelay(this, channel, newTranscoder());
    requestRelay = relay;
    channel.write(Http2CodecUtil.connectionPrefaceBuf(), channel.voidPromise());
    lastStreamId = 0;
    streams.keepAnswered();
    requestLeg.replay(waitingRoom.leave(), relay);
    relay.readComplete();
    settingsTimeout =
        channel
            .eventLoop()
            .schedule(
                () -> lost(noSettings()),
                context.options().settingsTimeout().toMillis(),
                TimeUnit.MILLISECONDS);
    channel.config().setAutoRead(downstream.isWritable());
    downstream.config().setAutoRead(channel.isWritable());
  }

  @Override
  public void failed(TunnelFailure failure) {
    if (state == PairState.WAITING) {
      context.counters().routesFailed.increment();
      lost(failure);
    }
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

  void forwardSettings(ByteBuf bytes, int payload, int length) {
    for (int at = payload; at + 6 <= payload + length; at += 6) {
      if (bytes.getUnsignedShort(at) == Http2CodecUtil.SETTINGS_MAX_FRAME_SIZE) {
        maxRequestFrameSize = Math.max(maxRequestFrameSize, bytes.getInt(at + 2));
      }
    }
    remoteSettings.forwarded(bytes, payload, length);
    if (requestRelay != null) {
      requestRelay.remoteSettingsForwarded();
    }
  }

  void remoteGoesAway(int lastStreamId) {
    LOG.debug("pair {}: remote sent GOAWAY({})", number, lastStreamId);
    goAwayStreamId = Math.min(goAwayStreamId, lastStreamId);
  }

  void remoteBrokeProtocol(Http2Exception broken) {
    lost(
        new TunnelFailure(
            awaitsSettings() ? Stage.SETTINGS : Stage.RELAY,
            peer(),
            "the remote does not speak HTTP/2: " + broken.getMessage(),
            "check that the port serves HTTP/2",
            true));
  }

  void remoteLost(@Nullable Throwable cause) {
    if (!state.open()) {
      return;
    }
    boolean spoke = state == PairState.RELAYING;
    if (spoke && streams.size() == streams.answered()) {
      LOG.debug("pair {}: remote closed an idle connection", number);
      goAwayAndClose(Http2Error.NO_ERROR, "the remote closed the connection");
      return;
    }
    context.counters().routesLost.increment();
    lost(context.upstream().lost(cause, peer(), spoke));
  }

  private TunnelFailure noSettings() {
    return new TunnelFailure(
        Stage.SETTINGS,
        peer(),
        "no answer",
        "check that the remote serves HTTP/2 on this port",
        true);
  }

  private String peer() {
    return peer == null ? "the remote" : peer;
  }

  // Answers and ends.

  private void lost(TunnelFailure failure) {
    if (state.open()) {
      LOG.warn("pair {}: {}", number, failure.message());
      context.tell(new TunnelEvent.RouteFailed(failure));
      answerAndClose(LocalReply.unavailable(failure.message()), Http2Error.NO_ERROR);
    }
  }

  /** Answers one stream in the remote's place; what the client still sends on it is dropped. */
  private void answer(int streamId, LocalReply reply) {
    int flags = streams.flags(streamId);
    ByteBuf out = downstream.alloc().buffer();
    if ((flags & StreamTable.RESPONSE_BEGUN) == 0) {
      reply.write(out, streamId, (flags & StreamTable.GRPC) != 0, clientSettings);
      if ((flags & StreamTable.CLIENT_ENDED) == 0) {
        // The answer is complete: the client need not send the rest (RFC 9113, 8.1).
        FrameWriter.resetStream(out, streamId, Http2Error.NO_ERROR);
      }
    } else {
      reply.writeEnd(out, streamId, flags, clientSettings);
    }
    context.counters().requestsAnswered.increment();
    streams.open(streamId, StreamTable.ANSWERED);
    say(out);
  }

  /** Says something between the remote's frames. */
  private void say(ByteBuf out) {
    if (responseLeg != null && !responseLeg.betweenFrames()) {
      out.release();
      LOG.warn("pair {}: nothing can be said in the middle of a frame of the remote's", number);
      downstream.close();
      return;
    }
    downstream.writeAndFlush(out, downstream.voidPromise());
  }

  private void answerAndClose(LocalReply reply, Http2Error error) {
    ByteBuf out = downstream.alloc().buffer();
    boolean tunnelIsServer = state.tunnelIsServer();
    streams.forEach(
        (id, flags) -> {
          if (id > goAwayStreamId
              || (flags & (StreamTable.ANSWERED | StreamTable.REMOTE_ENDED)) != 0) {
            return; // told by the remote's GOAWAY, or answered
          }
          context.counters().requestsAnswered.increment();
          if (tunnelIsServer) {
            reply.write(out, id, (flags & StreamTable.GRPC) != 0, clientSettings);
          } else {
            reply.writeEnd(out, id, flags, clientSettings);
          }
        });
    lastWords(out, error, reply.message());
  }

  private void goAwayAndClose(Http2Error error, String why) {
    lastWords(downstream.alloc().buffer(), error, why);
  }

  private void lastWords(ByteBuf replies, Http2Error error, String why) {
    boolean mayWrite = responseLeg == null || responseLeg.betweenFrames();
    ByteBuf out = downstream.alloc().buffer();
    if (state.tunnelIsServer()) {
      WaitingRoom.acknowledge(clientSettings, out);
    }
    out.writeBytes(replies);
    replies.release();
    FrameWriter.goAway(out, Math.min(lastStreamId, goAwayStreamId), error, why);
    close();
    if (mayWrite) {
      LingeringClose.after(downstream, out);
    } else {
      out.release();
      LOG.warn("pair {}: closed in the middle of a frame of the remote's", number);
      downstream.close();
    }
  }

  /** Ends all but the client's connection. */
  private void close() {
    if (!state.open()) {
      return;
    }
    boolean waiting = state == PairState.WAITING;
    state = PairState.CLOSING;
    requestLeg.stop();
    if (attempt != null) {
      attempt.cancel();
    }
    if (waiting) {
      waitingRoom.close();
    } else {
      waitingRoom.forgetDeadlines();
    }
    if (settingsTimeout != null) {
      settingsTimeout.cancel(false);
    }
    if (requestRelay != null) {
      requestRelay.close();
    }
    if (responseLeg != null) {
      responseLeg.stop();
    }
    if (upstream != null) {
      upstream.close();
    }
  }

  private RequestHeaderTranscoder newTranscoder() {
    RelayOptions options = context.options();
    return new RequestHeaderTranscoder(
        new HeaderRules(
            options.authority(), "https", options.maxHeaderListSize(), options.maxHeaderFields()));
  }
}
