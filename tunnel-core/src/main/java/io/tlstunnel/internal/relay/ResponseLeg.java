package io.tlstunnel.internal.relay;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2FrameTypes;
import io.tlstunnel.event.Limit;
import io.tlstunnel.internal.wire.FirstFrame;
import io.tlstunnel.internal.wire.FrameFlags;
import io.tlstunnel.internal.wire.FrameHandler;
import io.tlstunnel.internal.wire.FrameSplitter;
import io.tlstunnel.internal.wire.GoAway;
import io.tlstunnel.internal.wire.InterimResponse;
import org.jspecify.annotations.Nullable;

/**
 * Remote → client. Every frame passes as it is; its header is read for what must be known if this
 * is the last one. A frame leaves only when it is whole, so that the tunnel can always speak after
 * it.
 */
final class ResponseLeg extends ChannelInboundHandlerAdapter implements FrameHandler {
  /** What gRPC servers say with ENHANCE_YOUR_CALM to those who ask too often (gRFC A8). */
  private static final String TOO_MANY_PINGS = "too_many_pings";

  private final ConnectionPair pair;
  private final LocalServer local;
  private final Channel downstream;
  private final FrameSplitter splitter;
  private boolean inHeaderBlock;
  private boolean stopped;

  /** Null on nearly every connection. */
  private @Nullable LateResponses late;

  private @Nullable Throwable broke;

  ResponseLeg(ConnectionPair pair, Channel downstream) {
    this.pair = pair;
    this.local = pair.local();
    this.downstream = downstream;
    this.splitter = new FrameSplitter(downstream.alloc(), this);
  }

  /** Whether the tunnel may write a frame of its own to the client now. */
  boolean betweenFrames() {
    return splitter.betweenFrames() && !inHeaderBlock;
  }

  /** A stream was ended in the remote's place, which has yet to say its first word. */
  void ended(int streamId) {
    if (late == null) {
      late = new LateResponses(pair, downstream);
    }
    late.add(streamId);
  }

  /** The remote is left, for whatever reason: the pair hears no more of it. */
  void stop() {
    stopped = true;
    splitter.stop();
    if (late != null) {
      late.close();
    }
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    try {
      splitter.feed((ByteBuf) message);
    } catch (Http2Exception broken) {
      pair.remoteBrokeProtocol(broken);
    }
    if (BackPressure.of(downstream)) {
      ctx.channel().config().setAutoRead(false);
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    downstream.flush();
    if (late != null) {
      late.readComplete();
    }
    if (!stopped) {
      pair.responseReadComplete();
    }
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) {
    if (!stopped) {
      pair.remoteWritable(ctx.channel().isWritable());
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    broke = cause;
    ctx.close();
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    if (!stopped) {
      pair.remoteLost(broke);
    }
  }

  @Override
  public Reception reception(byte type, int length) {
    if (late != null
        && LateResponses.replaces(type)
        && length <= pair.limits().maxHeaderBlockBytes()) {
      return Reception.GATHER;
    }
    if (length > FrameSplitter.DEFAULT_MAX_FRAME_SIZE) {
      return Reception.STREAM;
    }
    return switch (type) {
      case Http2FrameTypes.HEADERS,
          Http2FrameTypes.SETTINGS,
          Http2FrameTypes.GO_AWAY,
          Http2FrameTypes.PING ->
          Reception.GATHER;
      default -> Reception.HOLD;
    };
  }

  @Override
  public boolean replaces(byte type) {
    // What the tunnel has to say goes between this frame and the one before it.
    return local.hasPending() || (late != null && LateResponses.replaces(type));
  }

  @Override
  public boolean frame(
      byte type, int flags, int streamId, int length, ByteBuf bytes, int payloadIndex)
      throws Http2Exception {
    if (pair.awaitsSettings()) {
      refuseGoAway(type, length, bytes, payloadIndex);
      FirstFrame.requireSettings(type, flags, streamId, length);
      pair.remoteSpoke(bytes, payloadIndex, length);
    }
    if (local.hasPending() && !inHeaderBlock) {
      local.sayPending();
      pair.readRequests();
    }
    StreamTable streams = pair.streams();
    switch (type) {
      case Http2FrameTypes.DATA -> {
        if (FrameFlags.has(flags, FrameFlags.END_STREAM)) {
          streams.mark(streamId, StreamTable.REMOTE_ENDED);
        }
      }
      case Http2FrameTypes.HEADERS -> {
        blockBegins();
        inHeaderBlock = !FrameFlags.has(flags, FrameFlags.END_HEADERS);
        if (FrameFlags.has(flags, FrameFlags.END_STREAM)) {
          streams.mark(streamId, StreamTable.RESPONSE_BEGUN | StreamTable.REMOTE_ENDED);
        } else if (!InterimResponse.begins(flags, length, bytes, payloadIndex)) {
          streams.mark(streamId, StreamTable.RESPONSE_BEGUN);
        }
      }
      case Http2FrameTypes.PUSH_PROMISE -> {
        blockBegins();
        inHeaderBlock = !FrameFlags.has(flags, FrameFlags.END_HEADERS);
      }
      case Http2FrameTypes.CONTINUATION ->
          inHeaderBlock &= !FrameFlags.has(flags, FrameFlags.END_HEADERS);
      case Http2FrameTypes.RST_STREAM -> streams.remove(streamId);
      case Http2FrameTypes.SETTINGS -> {
        if (!FrameFlags.has(flags, FrameFlags.ACK)) {
          settings(length, bytes, payloadIndex);
        } else if (length == 0 && streamId == 0 && !local.remoteAcknowledged()) {
          return false;
        }
      }
      case Http2FrameTypes.GO_AWAY -> {
        if (length >= GoAway.MIN_LENGTH && length <= FrameSplitter.DEFAULT_MAX_FRAME_SIZE) {
          goAway(length, bytes, payloadIndex);
        }
      }
      case Http2FrameTypes.PING -> {
        boolean acknowledged =
            FrameFlags.has(flags, FrameFlags.ACK) && streamId == 0 && length == Long.BYTES;
        return !acknowledged || !pair.ownsPing(bytes.getLong(payloadIndex));
      }
      default -> {}
    }
    return late == null || late.passes(type, flags, streamId, length, bytes, payloadIndex);
  }

  @Override
  public void forward(ByteBuf bytes) {
    downstream.write(bytes, downstream.voidPromise());
  }

  /** If it is forwarded as it is; otherwise {@link LateResponses} knows what the client sees. */
  private void blockBegins() {
    if (late == null) {
      local.client().tableSize().remoteBlock();
    }
  }

  private void settings(int length, ByteBuf bytes, int payloadIndex) throws Http2Exception {
    if (length > FrameSplitter.DEFAULT_MAX_FRAME_SIZE) {
      // It would pass unread, and what it says past the limits.
      throw Http2Exception.connectionError(
          Http2Error.ENHANCE_YOUR_CALM, "a SETTINGS frame of %d bytes", length);
    }
    pair.remoteSettings().forwarded(bytes, payloadIndex, length);
    pair.remoteSettingsForwarded();
    if (pair.remoteSettings().unacknowledged() > SettingsInFlight.MAX_UNACKNOWLEDGED) {
      throw new LimitException(
          Limit.SETTINGS_FRAMES,
          "more than " + SettingsInFlight.MAX_UNACKNOWLEDGED + " SETTINGS frames without an ACK");
    }
  }

  /** A remote that ends the connection with its first frame says why in it. */
  private static void refuseGoAway(byte type, int length, ByteBuf bytes, int payloadIndex)
      throws Http2Exception {
    if (type == Http2FrameTypes.GO_AWAY
        && length >= GoAway.MIN_LENGTH
        && length <= FrameSplitter.DEFAULT_MAX_FRAME_SIZE) {
      throw Http2Exception.connectionError(
          Http2Error.PROTOCOL_ERROR,
          "its first frame is no SETTINGS frame but %s",
          GoAway.read(bytes, payloadIndex, length).phrase());
    }
  }

  /**
   * After a GOAWAY of the tunnel's own the last stream's id must not grow again (RFC 9113, 6.8).
   */
  private void goAway(int length, ByteBuf bytes, int payloadIndex) {
    GoAway frame = GoAway.read(bytes, payloadIndex, length);
    boolean tooManyPings =
        frame.error() == Http2Error.ENHANCE_YOUR_CALM.code() && frame.text().equals(TOO_MANY_PINGS);
    pair.remoteGoesAway(frame, tooManyPings);
    bytes.setInt(payloadIndex, Math.min(frame.lastStreamId(), pair.drain().lastStreamId()));
  }
}
