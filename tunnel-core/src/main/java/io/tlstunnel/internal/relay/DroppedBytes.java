package io.tlstunnel.internal.relay;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;

/**
 * Counts what a client sends on a connection that ends, where all of it is dropped, and cuts off a
 * client that sends without end.
 */
final class DroppedBytes extends ChannelInboundHandlerAdapter {
  /** A window of DATA that was granted before the end, and what the sockets hold, are less. */
  private static final int MAX = 16 * 1_024 * 1_024;

  private long bytes;

  private DroppedBytes() {}

  /** Counts from now on, unless that was begun before. */
  static void count(Channel channel) {
    if (channel.pipeline().get(DroppedBytes.class) == null) {
      channel.pipeline().addFirst(new DroppedBytes());
    }
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    ByteBuf dropped = (ByteBuf) message;
    bytes += dropped.readableBytes();
    if (bytes > MAX) {
      dropped.release();
      ctx.close();
    } else {
      ctx.fireChannelRead(dropped);
    }
  }
}
