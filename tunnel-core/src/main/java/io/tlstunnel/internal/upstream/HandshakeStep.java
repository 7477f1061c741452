package io.tlstunnel.internal.upstream;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import org.jspecify.annotations.Nullable;

/**
 * Waits for the end of the TLS handshake and says how it went. Where a route comes of it, the
 * attempt removes this; else it stays, to take what a closing connection still throws.
 */
final class HandshakeStep extends ChannelInboundHandlerAdapter {
  private final RouteAttempt attempt;
  private @Nullable Throwable thrown;

  HandshakeStep(RouteAttempt attempt) {
    this.attempt = attempt;
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (!(event instanceof SslHandshakeCompletionEvent completion)) {
      ctx.fireUserEventTriggered(event);
      return;
    }
    if (completion.isSuccess()) {
      SslHandler tls = ctx.pipeline().get(SslHandler.class);
      attempt.secured(ctx.channel(), tls.applicationProtocol());
    } else {
      attempt.handshakeFailed(thrown == null ? completion.cause() : thrown);
    }
  }

  /** Of a connection that breaks, the completion event only says that it is closed. */
  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    thrown = cause;
  }
}
