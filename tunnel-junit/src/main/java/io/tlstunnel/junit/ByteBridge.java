package io.tlstunnel.junit;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.SocketChannel;
import io.netty.util.ReferenceCountUtil;
import java.util.ArrayDeque;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/** Copies what one connection brings to another, no faster than that takes it. */
final class ByteBridge extends ChannelInboundHandlerAdapter {
  private final Queue<Object> early = new ArrayDeque<>();
  private @Nullable Channel other;

  /** Names the other connection; what has come before goes there now. */
  void joinTo(Channel channel) {
    other = channel;
    for (Object bytes = early.poll(); bytes != null; bytes = early.poll()) {
      write(channel, bytes);
    }
    channel.flush();
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object bytes) {
    if (other == null) {
      early.add(bytes);
    } else {
      write(other, bytes);
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    if (other != null) {
      other.flush();
      if (!other.isWritable()) {
        ctx.channel().config().setAutoRead(false);
      }
    }
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) {
    if (other != null && ctx.channel().isWritable()) {
      other.config().setAutoRead(true);
    }
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event instanceof ChannelInputShutdownEvent && other != null) {
      ((SocketChannel) other).shutdownOutput();
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    if (other != null) {
      other.close();
    }
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext ctx) {
    early.forEach(ReferenceCountUtil::release);
    early.clear();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    // A reset on one side is a reset on the other: that is what a network would do.
    if (other != null) {
      other.config().setOption(ChannelOption.SO_LINGER, 0);
    }
    ctx.close();
  }

  private static void write(Channel channel, Object bytes) {
    var unused = channel.write((ByteBuf) bytes);
  }
}
