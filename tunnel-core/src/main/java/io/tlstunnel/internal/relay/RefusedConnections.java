package io.tlstunnel.internal.relay;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http2.Http2Error;
import io.tlstunnel.event.Limit;
import io.tlstunnel.internal.wire.FrameWriter;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Turns away connections for which there is no room: the requests of each are answered with the
 * reason, as those of a route that has failed. How many are waited for at once is bounded: whoever
 * comes beyond that is told by a GOAWAY alone, and may lose it to a reset.
 */
public final class RefusedConnections {
  /**
   * So many may take their time to ask and to read why; a flood holds no more sockets than this.
   */
  public static final int MAX_WAITED_FOR = 100;

  /** What somebody sends who does not speak HTTP/2, and is told so, is less. */
  private static final int MAX_BYTES = 256 * 1_024;

  private final RelayContext context;
  private final AtomicInteger waitedFor = new AtomicInteger();

  public RefusedConnections(RelayContext context) {
    this.context = context;
  }

  /**
   * The tunnel has as many connections as it may.
   *
   * @return whether this one is waited for, and is to be {@linkplain #answer answered} once its
   *     preface has been read; if not, it has been told and is being closed
   */
  public boolean tooMany(Channel channel) {
    context.limitHit(0, Limit.CONNECTIONS, reason());
    if (isWaitedFor(channel)) {
      return true;
    }
    ByteBuf words = channel.alloc().buffer();
    FrameWriter.settings(words);
    FrameWriter.goAway(words, 0, Http2Error.NO_ERROR, reason());
    closeAfter(channel, words);
    return false;
  }

  /** Answers the requests of a connection whose preface has been read, and closes it. */
  public void answer(Channel channel) {
    ConnectionPair.refuse(context, channel, reason());
  }

  /** Writes the answer and closes the connection, from which nothing more is taken. */
  public void turnAway(Channel channel, ByteBuf answer) {
    if (isWaitedFor(channel)) {
      channel.pipeline().addLast(new Unheard());
      LingeringClose.after(channel, answer);
    } else {
      closeAfter(channel, answer);
    }
  }

  private boolean isWaitedFor(Channel channel) {
    if (waitedFor.incrementAndGet() > MAX_WAITED_FOR) {
      waitedFor.decrementAndGet();
      return false;
    }
    channel.closeFuture().addListener(gone -> waitedFor.decrementAndGet());
    return true;
  }

  private static void closeAfter(Channel channel, ByteBuf words) {
    channel.config().setAutoRead(false);
    channel.writeAndFlush(words).addListener(ChannelFutureListener.CLOSE);
  }

  private String reason() {
    return "the tunnel has its "
        + context.options().limits().maxConnections()
        + " connections (maxConnections)";
  }

  /** Drops what a client sends that has been turned away. */
  private static final class Unheard extends ChannelInboundHandlerAdapter {
    private int bytes;

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
      ByteBuf dropped = (ByteBuf) message;
      bytes += dropped.readableBytes();
      dropped.release();
      if (bytes > MAX_BYTES) {
        ctx.close();
      }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      ctx.close(); // It has reset the connection, and need not be told.
    }
  }
}
