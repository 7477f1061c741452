package io.tlstunnel.junit;

import io.netty.channel.Channel;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.ssl.SslHandler;

/**
 * The first handler of a backend's connection: numbers it, and listens behind the TLS handler,
 * whoever has put it there, from the first byte on.
 */
final class Wiretap extends ChannelDuplexHandler {
  private final Traffic traffic;
  private int number;
  private boolean listening;

  private Wiretap(Traffic traffic) {
    this.traffic = traffic;
  }

  /** A handler for a listening channel that taps each connection before the server prepares it. */
  static ChannelHandler onAccept(Traffic traffic) {
    return new ChannelInboundHandlerAdapter() {
      @Override
      public void channelRead(ChannelHandlerContext ctx, Object accepted) {
        ((Channel) accepted).pipeline().addFirst(new Wiretap(traffic));
        ctx.fireChannelRead(accepted);
      }
    };
  }

  @Override
  public void channelActive(ChannelHandlerContext ctx) {
    number = traffic.accepted(String.valueOf(ctx.channel().remoteAddress()));
    ctx.fireChannelActive();
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object bytes) throws Exception {
    if (!listening) {
      listening = true;
      ChannelHandlerContext tls = ctx.pipeline().context(SslHandler.class);
      ctx.pipeline().addAfter(tls.name(), "calls", new CallTap(traffic, number));
    }
    ctx.fireChannelRead(bytes);
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    traffic.update(number, RecordedConnection::closed);
    ctx.fireChannelInactive();
  }
}
