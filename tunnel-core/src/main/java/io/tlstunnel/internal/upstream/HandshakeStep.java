package io.tlstunnel.internal.upstream;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import java.security.cert.CertificateException;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/**
 * Waits for the end of the TLS handshake and says how it went. Where a route comes of it, the
 * attempt removes this; else it stays, to take what a closing connection still throws.
 */
final class HandshakeStep extends ChannelInboundHandlerAdapter {
  private final RouteAttempt attempt;
  private final TlsClient client;
  private @Nullable Throwable thrown;

  HandshakeStep(RouteAttempt attempt, TlsClient client) {
    this.attempt = attempt;
    this.client = client;
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (!(event instanceof SslHandshakeCompletionEvent completion)) {
      ctx.fireUserEventTriggered(event);
      return;
    }
    if (completion.isSuccess()) {
      secured(ctx);
    } else {
      attempt.handshakeFailed(thrown == null ? completion.cause() : thrown);
    }
  }

  private void secured(ChannelHandlerContext ctx) {
    SslHandler tls = ctx.pipeline().get(SslHandler.class);
    SSLSession session = tls.engine().getSession();
    try {
      client.judgeAgain(session);
    } catch (CertificateException e) {
      attempt.refused(e);
      return;
    }
    ctx.pipeline().get(RecordTypes.class).established(ctx, session.getProtocol());
    attempt.secured(ctx.channel(), tls.applicationProtocol());
  }

  /** Of a connection that breaks, the completion event only says that it is closed. */
  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    thrown = cause;
  }
}
