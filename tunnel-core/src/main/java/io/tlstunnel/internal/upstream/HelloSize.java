package io.tlstunnel.internal.upstream;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;

/** Measures our ClientHello, which is the first thing that is written, and goes. */
final class HelloSize extends ChannelOutboundHandlerAdapter {
  private final HandshakeNotes notes;

  HelloSize(HandshakeNotes notes) {
    this.notes = notes;
  }

  @Override
  public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
    if (message instanceof ByteBuf hello) {
      notes.helloWritten(hello.readableBytes());
    }
    ctx.write(message, promise);
    ctx.pipeline().remove(this);
  }
}
