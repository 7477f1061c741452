package io.tlstunnel.junit;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.ReferenceCountUtil;
import io.tlstunnel.junit.fault.TlsFault;
import io.tlstunnel.junit.fault.When;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * Sits between a backend's sockets and its TLS: numbers connections, chooses the TLS that each one
 * gets, and puts a handler behind the TLS handler, whoever has made that, before the first byte.
 */
final class Wiretap extends ChannelInboundHandlerAdapter {
  private final Traffic traffic;
  private final FaultPlan plan;
  private final BackendTls tls;
  private final ConnectionSslContext sslContext;
  private final IntFunction<ChannelHandler> behindTls;
  private final int connection;
  private @Nullable TlsFault fault;
  private boolean listening;

  private Wiretap(
      Traffic traffic,
      FaultPlan plan,
      BackendTls tls,
      ConnectionSslContext sslContext,
      IntFunction<ChannelHandler> behindTls,
      int connection) {
    this.traffic = traffic;
    this.plan = plan;
    this.tls = tls;
    this.sslContext = sslContext;
    this.behindTls = behindTls;
    this.connection = connection;
  }

  /**
   * A handler for a listening channel that taps each connection before the server prepares it.
   *
   * @param behindTls makes the handler behind TLS for a connection's number
   */
  static ChannelHandler onAccept(
      Traffic traffic,
      FaultPlan plan,
      BackendTls tls,
      ConnectionSslContext sslContext,
      IntFunction<ChannelHandler> behindTls) {
    return new ChannelInboundHandlerAdapter() {
      @Override
      public void channelRead(ChannelHandlerContext ctx, Object accepted) {
        Channel channel = (Channel) accepted;
        int connection = traffic.accepted(String.valueOf(channel.remoteAddress()));
        channel
            .pipeline()
            .addFirst(new Wiretap(traffic, plan, tls, sslContext, behindTls, connection))
            .addFirst(new NetworkChaos(plan, connection));
        ctx.fireChannelRead(accepted);
      }
    };
  }

  // A server makes its engine while the connection is registered: handlers are added to it, from
  // the
  // first to the last, then it becomes active, all in one go on the event loop.
  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    fault = plan.strike(TlsFault.class, new When.Occasion(connection, 0, "")).orElse(null);
    sslContext.choose(tls.context(fault));
  }

  @Override
  public void channelActive(ChannelHandlerContext ctx) {
    ctx.fireChannelActive();
    sslContext.forget();
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object bytes) {
    if (fault == TlsFault.HANDSHAKE_STALL) {
      ReferenceCountUtil.release(bytes);
      return;
    }
    if (fault == TlsFault.HANDSHAKE_CUT) {
      ReferenceCountUtil.release(bytes);
      ctx.close();
      return;
    }
    if (!listening) {
      listening = true;
      String handler = ctx.pipeline().context(SslHandler.class).name();
      ctx.pipeline().addAfter(handler, "frames", behindTls.apply(connection));
    }
    ctx.fireChannelRead(bytes);
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    traffic.update(connection, RecordedConnection::closed);
    ctx.fireChannelInactive();
  }
}
