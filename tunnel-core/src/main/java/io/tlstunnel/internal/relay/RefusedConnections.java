package io.tlstunnel.internal.relay;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.handler.codec.http2.Http2Error;
import io.tlstunnel.event.Limit;
import io.tlstunnel.internal.wire.FrameWriter;

/**
 * Turns away a connection for which there is no room: it is told why, and nothing is kept of it.
 */
public final class RefusedConnection {
  private RefusedConnection() {}

  /**
   * The tunnel has as many connections as it may. GOAWAY with NO_ERROR: gRPC clients report that as
   * UNAVAILABLE, not always with the text, and connect again for the next call.
   */
  public static void tooManyConnections(RelayContext context, Channel channel) {
    String message =
        "the tunnel has its "
            + context.options().limits().maxConnections()
            + " connections (maxConnections)";
    context.limitHit(0, Limit.CONNECTIONS, message);
    channel.config().setAutoRead(false);
    ByteBuf words = channel.alloc().buffer();
    FrameWriter.settings(words);
    FrameWriter.goAway(words, 0, Http2Error.NO_ERROR, message);
    channel.writeAndFlush(words).addListener(ChannelFutureListener.CLOSE);
  }
}
