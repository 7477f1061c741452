package io.tlstunnel.internal.relay;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2FrameTypes;
import io.tlstunnel.internal.wire.FrameHandler;
import io.tlstunnel.internal.wire.FrameSplitter;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Client → remote: the handler on the client's connection, from its preface on. */
final class RequestLeg extends ChannelInboundHandlerAdapter {
  /**
   * So many requests may be answered by the tunnel itself in one turn of the loop. One read may
   * bring many thousands, and all other connections of the loop would wait for them.
   */
  static final int ANSWERS_IN_A_TURN = 16;

  /**
   * Behind what is due now a loop looks at its sockets again; a task that is only handed to the
   * loop may run before.
   */
  private static final long TURN_MILLIS = 1;

  private final ConnectionPair pair;
  private final FrameSplitter splitter;
  private int answers;
  private @Nullable Future<?> next;

  RequestLeg(ConnectionPair pair, FrameSplitter splitter) {
    this.pair = pair;
    this.splitter = splitter;
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    feed(splitter, (ByteBuf) message);
    if (splitter.paused()) {
      goOnLater(ctx.channel());
    }
    pair.requestsRead();
  }

  /** The tunnel has answered something that the client sent. */
  void answered() {
    if (++answers >= ANSWERS_IN_A_TURN) {
      splitter.pause();
    }
  }

  /** Whether enough has been read for this turn of the loop. */
  boolean paused() {
    return splitter.paused();
  }

  /** Goes on with what was read, in another turn of the loop, and then with reading. */
  void goOnLater(Channel channel) {
    channel.config().setAutoRead(false);
    if (next == null) {
      next = channel.eventLoop().schedule(() -> goOn(channel), TURN_MILLIS, TimeUnit.MILLISECONDS);
    }
  }

  private void goOn(Channel channel) {
    next = null;
    if (!pair.mayAnswer()) {
      return; // What the client has provoked has to leave first; then this is asked for again.
    }
    answers = 0;
    try {
      splitter.resume();
    } catch (Http2Exception broken) {
      pair.clientBrokeProtocol(broken);
    }
    if (splitter.paused()) {
      goOnLater(channel);
    }
    pair.clientReadComplete();
    pair.readRequests();
  }

  /** Walks again what had waited, ahead of what the splitter holds of an unfinished frame. */
  void replay(ByteBuf waited, FrameHandler relay) {
    splitter.handOver(relay);
    feed(new FrameSplitter(waited.alloc(), relay), waited);
  }

  /** Gives the frames that follow to another handler. */
  void handOver(FrameHandler next) {
    splitter.handOver(next);
  }

  /** Whether nothing of an unfinished frame has been forwarded to the remote. */
  boolean betweenFrames() {
    return splitter.betweenFrames();
  }

  /** Whether a part of a HEADERS or CONTINUATION frame is there. */
  boolean withinHeaderFrame() {
    int type = splitter.gatheredType();
    return type == Http2FrameTypes.HEADERS || type == Http2FrameTypes.CONTINUATION;
  }

  void stop() {
    splitter.stop();
    if (next != null) {
      next.cancel(false);
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    if (!splitter.paused()) {
      answers = 0;
    }
    pair.clientReadComplete();
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) {
    pair.clientWritable(ctx.channel().isWritable());
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    pair.clientLost();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    pair.clientFailed(cause);
  }

  private void feed(FrameSplitter from, ByteBuf bytes) {
    try {
      from.feed(bytes);
    } catch (Http2Exception broken) {
      pair.clientBrokeProtocol(broken);
    }
  }
}
