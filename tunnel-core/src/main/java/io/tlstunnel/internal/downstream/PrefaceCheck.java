package io.tlstunnel.internal.downstream;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http2.Http2CodecUtil;
import io.netty.util.NetUtil;
import io.tlstunnel.event.Limit;
import io.tlstunnel.event.TunnelEvent;
import io.tlstunnel.internal.relay.RelayContext;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
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
  private static final int FIRST_BYTES = 64;

  private final Listener listener;
  private final Consumer<Channel> admission;
  private final RelayContext context;
  private final Duration preface;
  private int matched;

  /** The first bytes of a peer that does not speak HTTP/2, until they tell what it speaks. */
  private @Nullable ByteBuf foreign;

  private @Nullable Future<?> timeout;

  /**
   * @param admission who takes the connection once its preface has been read
   */
  PrefaceCheck(
      Listener listener, Consumer<Channel> admission, RelayContext context, Duration preface) {
    this.listener = listener;
    this.admission = admission;
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
    if (foreign != null) {
      foreign.release();
      foreign = null;
    }
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    ByteBuf bytes = (ByteBuf) message;
    while (foreign == null && bytes.isReadable() && matched < PREFACE.readableBytes()) {
      if (bytes.getByte(bytes.readerIndex()) == PREFACE.getByte(matched)) {
        bytes.skipBytes(1);
        matched++;
      } else {
        peer(ctx); // The channel keeps its peer's address if it was asked while the socket is open.
        // Not pooled: for so few bytes a pool would take megabytes of heap.
        foreign = Unpooled.buffer(FIRST_BYTES, ForeignProtocol.MAX_BYTES);
        foreign.writeBytes(PREFACE, 0, matched);
      }
    }
    ByteBuf gathered = foreign;
    if (gathered != null) {
      gathered.writeBytes(bytes, Math.min(bytes.readableBytes(), gathered.maxWritableBytes()));
      bytes.release();
      judge(ctx, gathered, false);
      return;
    }
    if (matched < PREFACE.readableBytes()) {
      bytes.release();
      return;
    }
    try {
      admission.accept(ctx.channel());
    } catch (RuntimeException closing) {
      bytes.release();
      throw closing;
    }
    ctx.fireChannelRead(bytes);
    ctx.pipeline().remove(this);
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    ByteBuf gathered = foreign;
    if (gathered != null) {
      judge(ctx, gathered, true);
    }
    ctx.fireChannelInactive();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    if (!context.outOfMemory(0, cause)) {
      LOG.debug("connection from {} failed before its preface", peer(ctx), cause);
    }
    ctx.close();
  }

  private void late(ChannelHandlerContext ctx) {
    if (ctx.isRemoved() || !ctx.channel().isOpen()) {
      return;
    }
    String why = "no HTTP/2 preface within " + preface.toMillis() + " ms";
    context.limitHit(0, Limit.PREFACE_TIMEOUT, why + " (prefaceTimeout)");
    ByteBuf gathered = foreign;
    if (gathered == null) {
      LOG.debug("connection from {} closed: {}", peer(ctx), why);
      context.counters().connectionsNotHttp2.increment();
      context.tell(new TunnelEvent.NotHttp2(peer(ctx), why));
      ctx.close();
    } else {
      judge(ctx, gathered, true);
    }
  }

  private void judge(ChannelHandlerContext ctx, ByteBuf gathered, boolean complete) {
    ForeignProtocol spoken = ForeignProtocol.of(gathered, complete);
    if (spoken == null) {
      return;
    }
    context.notHttp2(peer(ctx), listener.address(), spoken.what());
    ctx.pipeline().remove(this);
    if (spoken.answer() == ForeignProtocol.Answer.NONE || !ctx.channel().isActive()) {
      ctx.close();
    } else {
      listener.turnAway(ctx.channel(), PlainAnswer.of(spoken.answer(), ctx.alloc()));
    }
  }

  private static String peer(ChannelHandlerContext ctx) {
    return ctx.channel().remoteAddress() instanceof InetSocketAddress address
        ? NetUtil.toSocketAddressString(address)
        : String.valueOf(ctx.channel().remoteAddress());
  }
}
