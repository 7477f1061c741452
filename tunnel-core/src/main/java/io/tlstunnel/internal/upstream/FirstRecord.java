package io.tlstunnel.internal.upstream;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;

/**
 * Looks, in front of the TLS handler, at the type of the remote's first record and goes.
 *
 * <p>The alert {@code handshake_failure} may say that no version or cipher is common, or that a
 * client certificate is missing. A remote that has answered our hello has agreed to the former.
 */
final class FirstRecord extends ChannelInboundHandlerAdapter {
  /** RFC 8446, 5.1: ContentType. */
  private static final int HANDSHAKE = 22;

  private boolean helloAnswered;

  boolean helloAnswered() {
    return helloAnswered;
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    ByteBuf bytes = (ByteBuf) message;
    helloAnswered = bytes.isReadable() && bytes.getByte(bytes.readerIndex()) == HANDSHAKE;
    ctx.pipeline().remove(this);
    ctx.fireChannelRead(bytes);
  }
}
