package io.tlstunnel.internal.relay;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2FrameTypes;
import io.tlstunnel.internal.wire.FrameHandler;
import io.tlstunnel.internal.wire.FrameSplitter;

/** Client → remote: the handler on the client's connection, from its preface on. */
final class RequestLeg extends ChannelInboundHandlerAdapter {
  private final ConnectionPair pair;
  private final FrameSplitter splitter;

  RequestLeg(ConnectionPair pair, FrameSplitter splitter) {
    this.pair = pair;
    this.splitter = splitter;
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    feed(splitter, (ByteBuf) message);
    pair.requestsRead();
  }

  /** Walks again what had waited, ahead of what the splitter holds of an unfinished frame. */
  void replay(ByteBuf waited, FrameHandler relay) {
    splitter.handOver(relay);
    feed(new FrameSplitter(waited.alloc(), relay), waited);
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
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
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
