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
 * Turns away connections for which there is no room: each is told why, and closed so that it can
 * read that. What it sends meanwhile is dropped, and is bounded, as are the time and how many are
 * waited for at once: whoever comes beyond that is told too, but may lose it to a reset.
 */
public final class RefusedConnections {
  /** So many may take their time to read why; a flood of them holds no more sockets than this. */
  public static final int MAX_WAITED_FOR = 100;

  /** A client's preface, headers and first window of DATA are less. */
  private static final int MAX_BYTES = 256 * 1_024;

  private final RelayContext context;
  private final AtomicInteger waitedFor = new AtomicInteger();

  public RefusedConnections(RelayContext context) {
    this.context = context;
  }

  /**
   * The tunnel has as many connections as it may. GOAWAY with NO_ERROR: gRPC clients report that as
   * UNAVAILABLE, not all of them with the text, and connect again for the next call.
   */
  public void tooMany(Channel channel) {
    String message =
        "the tunnel has its "
            + context.options().limits().maxConnections()
            + " connections (maxConnections)";
    context.limitHit(0, Limit.CONNECTIONS, message);
    ByteBuf words = channel.alloc().buffer();
    FrameWriter.settings(words);
    FrameWriter.goAway(words, 0, Http2Error.NO_ERROR, message);
    turnAway(channel, words);
  }

  /** Writes the answer and closes the connection, from which nothing more is taken. */
  public void turnAway(Channel channel, ByteBuf answer) {
    if (waitedFor.incrementAndGet() > MAX_WAITED_FOR) {
      waitedFor.decrementAndGet();
      channel.config().setAutoRead(false);
      channel.writeAndFlush(answer).addListener(ChannelFutureListener.CLOSE);
      return;
    }
    channel.closeFuture().addListener(gone -> waitedFor.decrementAndGet());
    channel.pipeline().addLast(new Unheard());
    LingeringClose.after(channel, answer);
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
