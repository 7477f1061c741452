package io.tlstunnel.internal.upstream;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.ChannelPromise;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/**
 * Closes a connection whose handshake has come to nothing, but not before the remote can have read
 * our alert (RFC 8446, 6.2): the alert is flushed, then only our side of TCP is shut down. A socket
 * that is closed with unread bytes in it sends a reset, and a reset makes the remote throw the
 * alert away. So the remote's bytes are read, and dropped, until it closes too or the time is up.
 *
 * <p>Stands in front of the TLS handler, which closes through it.
 */
final class AlertThenClose extends ChannelDuplexHandler {
  private static final long LINGER_MILLIS = 1_000;

  private boolean closing;

  private AlertThenClose() {}

  /** For a handshake that the TLS handler gives up: it writes its alert, and closes, by itself. */
  static void afterTheHandlersAlert(SslHandler tls, ChannelHandlerContext first) {
    first.pipeline().addFirst(new AlertThenClose());
  }

  /**
   * For a handshake that we give up, or one that is done and whose outcome we do not want: says
   * close_notify, as far as the TLS library can already say so, and closes.
   */
  static void afterCloseNotify(SslHandler tls, ChannelHandlerContext first) {
    first.pipeline().addFirst(new AlertThenClose());
    tls.closeOutbound();
    first.close();
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    // From here, and not through the TLS handler: whatever the alert waits for, this does not.
    Future<?> timeUp =
        ctx.executor().schedule(() -> ctx.close(), LINGER_MILLIS, TimeUnit.MILLISECONDS);
    ctx.channel().closeFuture().addListener(closed -> timeUp.cancel(false));
  }

  @Override
  public void close(ChannelHandlerContext ctx, ChannelPromise promise) {
    ctx.channel().closeFuture().addListener(closed -> promise.trySuccess());
    if (closing) {
      return;
    }
    closing = true;
    // Behind the alert, which is written already.
    ctx.writeAndFlush(Unpooled.EMPTY_BUFFER)
        .addListener(
            written -> {
              if (written.isSuccess() && ctx.channel() instanceof DuplexChannel duplex) {
                duplex.shutdownOutput();
              } else {
                ctx.close();
              }
            });
    ctx.channel().config().setAutoRead(true);
    // What the TLS handler still keeps need not wait for the remote, nor outlive the loop. Not at
    // once: it may be what calls this.
    ctx.executor().execute(() -> removeTls(ctx.pipeline()));
  }

  private static void removeTls(ChannelPipeline pipeline) {
    SslHandler tls = pipeline.get(SslHandler.class);
    if (tls != null) {
      pipeline.remove(tls);
    }
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    ReferenceCountUtil.release(message);
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    ctx.close();
  }
}
