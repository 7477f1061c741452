package io.tlstunnel.internal.relay;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.socket.DuplexChannel;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/**
 * Closes a connection so that its last words arrive. A socket that is closed with unread bytes in
 * it answers with a reset, and a reset makes the peer throw away what it has not read: so only our
 * side is shut down, and the peer's bytes are read, and dropped, until it closes too or the time is
 * up, or there are too many of them.
 *
 * <p>Our side is shut down a moment after the last words: gRPC's C core, which reads both in one
 * breath, otherwise tells a call that has not ended its request 'Socket closed' in place of the
 * status that came.
 */
final class LingeringClose implements ChannelFutureListener {
  private static final long LINGER_SECONDS = 2;
  private static final long BREATH_MILLIS = 100;

  private LingeringClose() {}

  /** Writes the last words and closes. */
  static void after(Channel channel, ByteBuf lastWords) {
    Future<?> timeUp =
        channel.eventLoop().schedule(() -> channel.close(), LINGER_SECONDS, TimeUnit.SECONDS);
    channel.closeFuture().addListener(closed -> timeUp.cancel(false));
    channel.writeAndFlush(lastWords).addListener(new LingeringClose());
    DroppedBytes.count(channel);
    channel.config().setAutoRead(true);
  }

  @Override
  public void operationComplete(ChannelFuture written) {
    if (written.isSuccess() && written.channel() instanceof DuplexChannel duplex) {
      if (duplex.eventLoop().isShuttingDown()) {
        duplex.shutdownOutput(); // What is scheduled now would not run.
        return;
      }
      Future<?> breath =
          duplex
              .eventLoop()
              .schedule(() -> duplex.shutdownOutput(), BREATH_MILLIS, TimeUnit.MILLISECONDS);
      duplex.closeFuture().addListener(closed -> breath.cancel(false));
    } else {
      written.channel().close();
    }
  }
}
