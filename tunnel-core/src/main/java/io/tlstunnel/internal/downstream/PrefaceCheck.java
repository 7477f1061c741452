package io.tlstunnel.internal.downstream;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http2.Http2CodecUtil;
import io.tlstunnel.event.Limit;
import io.tlstunnel.event.TunnelEvent;
import io.tlstunnel.internal.relay.RelayContext;
import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets a connection in if it begins with the HTTP/2 client preface (RFC 9113, 3.4), then makes way
 * for the relay. Until the preface is complete nothing is done for the peer: a port scan, a
 * liveness probe or a browser costs no TLS handshake.
 */
final class PrefaceCheck extends ChannelInboundHandlerAdapter {
  private static final Logger LOG = LoggerFactory.getLogger(PrefaceCheck.class);
  private static final ByteBuf PREFACE = Http2CodecUtil.connectionPrefaceBuf();

  private final Listener listener;
  private final RelayContext context;
  private final Duration preface;
  private int matched;
  private @Nullable Future<?> timeout;

  PrefaceCheck(Listener listener, RelayContext context, Duration preface) {
    this.listener = listener;
    this.context = context;
    this.preface = preface;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    timeout = ctx.executor().schedule(() -> late(ctx), preface.toNanos(), TimeUnit.NANOSECONDS);
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext ctx) {
    if (timeout != null) {
      timeout.cancel(false);
    }
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    ByteBuf bytes = (ByteBuf) message;
    int first = bytes.readerIndex();
    while (bytes.isReadable() && matched < PREFACE.readableBytes()) {
      if (bytes.readByte() != PREFACE.getByte(matched)) {
        refuse(ctx, guess(bytes, first));
        bytes.release();
        return;
      }
      matched++;
    }
    if (matched < PREFACE.readableBytes()) {
      bytes.release();
      return;
    }
    try {
      listener.admit(ctx.channel());
    } catch (RuntimeException closing) {
      bytes.release();
      throw closing;
    }
    ctx.fireChannelRead(bytes);
    ctx.pipeline().remove(this);
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    LOG.debug("connection from {} failed before its preface", ctx.channel().remoteAddress(), cause);
    ctx.close();
  }

  private void late(ChannelHandlerContext ctx) {
    if (!ctx.isRemoved() && ctx.channel().isOpen()) {
      String why = "no HTTP/2 preface within " + preface.toMillis() + " ms";
      context.limitHit(0, Limit.PREFACE_TIMEOUT, why + " (prefaceTimeout)");
      refuse(ctx, why);
    }
  }

  private void refuse(ChannelHandlerContext ctx, String why) {
    if (ctx.isRemoved() || !ctx.channel().isOpen()) {
      return;
    }
    String peer = String.valueOf(ctx.channel().remoteAddress());
    LOG.debug("connection from {} closed: {}", peer, why);
    context.counters().connectionsNotHttp2.increment();
    context.tell(new TunnelEvent.NotHttp2(peer, why));
    ctx.close();
  }

  /** Says what the bytes look like: the two mistakes that people make, or neither. */
  private String guess(ByteBuf bytes, int first) {
    int start = bytes.getUnsignedByte(first);
    if (matched == 0 && start == 0x16) {
      return "it speaks TLS: the tunnel's port is cleartext, connect without TLS";
    }
    if (start >= 'A' && start <= 'Z') {
      return "it speaks HTTP/1.1: the tunnel takes HTTP/2 with prior knowledge only";
    }
    return "it does not begin with the HTTP/2 preface";
  }
}
