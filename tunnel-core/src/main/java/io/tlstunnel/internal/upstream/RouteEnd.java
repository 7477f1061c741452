package io.tlstunnel.internal.upstream;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.handler.ssl.SslCloseCompletionEvent;
import io.netty.util.concurrent.Future;
import io.tlstunnel.internal.runtime.SystemError;
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
  private @Nullable Throwable failedWrite;

  /**
   * @param notes of the handshake, which may explain what the remote says about it only now
   */
  RouteEnd(HandshakeNotes notes) {
    this.notes = notes;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    ctx.channel().config().setAutoClose(false);
    ctx.pipeline().addAfter(ctx.name(), null, new FirstBytes()).addFirst(new FailedWrites());
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
      Throwable unwritten = failedWrite == null ? causeOfClose(ctx) : failedWrite;
      tell(
          ctx,
          SystemError.in(unwritten) == null
              ? new IOException("the connection was cut off: it ended without TLS close_notify")
              : new IOException(unwritten));
    }
    ctx.fireChannelInactive();
  }

  /** What comes of our own leaving is nobody's failure. */
  @Override
  public void close(ChannelHandlerContext ctx, ChannelPromise promise) {
    told = true;
    ctx.close(promise);
  }

  /**
   * Why Netty closed the channel by itself: because a write failed. The system tells a socket's
   * error once, to the call that comes first; if that is a write, a read sees an end and no more.
   * The TLS handler keeps to itself what its writes end with, so the closed channel is asked.
   */
  private static @Nullable Throwable causeOfClose(ChannelHandlerContext ctx) {
    ChannelPromise refused = ctx.newPromise();
    ctx.channel().unsafe().write(Unpooled.EMPTY_BUFFER, refused);
    return refused.cause();
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
      ctx.pipeline().remove(FailedWrites.class);
      ctx.fireChannelRead(bytes);
      ctx.pipeline().remove(this);
    }
  }

  /**
   * Sees below TLS how writes end, until the remote has spoken and failed ones close the channel.
   */
  private final class FailedWrites extends ChannelOutboundHandlerAdapter {
    @Override
    public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
      ctx.write(message, promise.unvoid().addListener(this::written));
    }

    private void written(Future<? super Void> done) {
      failedWrite = failedWrite == null ? done.cause() : failedWrite;
    }
  }
}
