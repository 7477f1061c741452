package io.tlstunnel.internal.upstream;

import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.handler.ssl.SslCloseCompletionEvent;
import java.io.IOException;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * Tells the relay why a route ended: exactly one exception, the one that says most, or none if the
 * remote took its leave or we did.
 *
 * <p>A remote that refuses us sends an alert and closes, perhaps while we still write. The write
 * then fails before the alert is read, so until the remote's first bytes neither a failed write
 * closes the channel nor is it passed on: what is read next says more.
 */
final class RouteEnd extends ChannelDuplexHandler {
  private final HandshakeNotes notes;
  private boolean saidGoodbye;
  private boolean told;
  private @Nullable IOException held;

  /**
   * @param notes of the handshake, which may explain what the remote says about it only now
   */
  RouteEnd(HandshakeNotes notes) {
    this.notes = notes;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    ctx.channel().config().setAutoClose(false);
    ctx.pipeline().addAfter(ctx.name(), null, new FirstBytes());
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event instanceof SslCloseCompletionEvent closed && closed.isSuccess()) {
      saidGoodbye = true;
      // Nothing more can come (RFC 8446, 6.1; RFC 5246, 7.2.1), and HTTP/2 needs both directions:
      // a remote that leaves TCP open after it must not leave calls open too. It gets our own
      // close_notify, and what that brings about is nobody's failure.
      told = true;
      ctx.close();
    }
    ctx.fireUserEventTriggered(event);
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    boolean remoteSpoke = ctx.channel().config().isAutoClose();
    if (!remoteSpoke && cause instanceof IOException broken && !(cause instanceof SSLException)) {
      held = held == null ? broken : held;
    } else {
      // In TLS 1.3 the remote judges our certificate only after our side of the handshake.
      Diagnosis late = remoteSpoke ? null : notes.explain(cause);
      tell(ctx, late == null ? cause : new CertificateRefusedException(late, cause));
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    if (held != null) {
      tell(ctx, held);
    } else if (!saidGoodbye) {
      tell(ctx, new IOException("the connection was cut off: it ended without TLS close_notify"));
    }
    ctx.fireChannelInactive();
  }

  /** What comes of our own leaving is nobody's failure. */
  @Override
  public void close(ChannelHandlerContext ctx, ChannelPromise promise) {
    told = true;
    ctx.close(promise);
  }

  private void tell(ChannelHandlerContext ctx, Throwable cause) {
    if (!told) {
      told = true;
      ctx.fireExceptionCaught(cause);
    }
  }

  /** Goes when the remote has spoken: frames pass no handler of this room. */
  private static final class FirstBytes extends ChannelInboundHandlerAdapter {
    @Override
    public void channelRead(ChannelHandlerContext ctx, Object bytes) {
      ctx.channel().config().setAutoClose(true);
      ctx.fireChannelRead(bytes);
      ctx.pipeline().remove(this);
    }
  }
}
