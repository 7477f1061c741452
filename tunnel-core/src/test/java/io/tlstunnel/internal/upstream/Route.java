package io.tlstunnel.internal.upstream;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.tlstunnel.event.TunnelFailure;
import java.nio.charset.StandardCharsets;
import java.util.Queue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.jspecify.annotations.Nullable;

/** In the relay's place: opens a route and writes down what it is told. */
final class Route implements RouteListener {
  /** One thing that happened. */
  sealed interface Told {}

  record Ready(Channel channel, String peer) implements Told {}

  record Failed(TunnelFailure failure) implements Told {}

  record Text(String text) implements Told {}

  record Lost(TunnelFailure failure) implements Told {}

  private final BlockingQueue<Told> told = new LinkedBlockingQueue<>();
  private final Queue<Throwable> thrown = new ConcurrentLinkedQueue<>();
  private final Upstream upstream;
  private final TestLoops loops;
  private final RouteAttempt attempt;

  /** Opens a route from outside the loop. */
  Route(Upstream upstream, TestLoops loops) throws Exception {
    this.upstream = upstream;
    this.loops = loops;
    attempt = loops.on(() -> upstream.open(loops.loop(), this));
  }

  private Route(TestLoops loops, Upstream upstream) {
    this.upstream = upstream;
    this.loops = loops;
    attempt = upstream.open(loops.loop(), this);
  }

  /** Opens a route on the loop. */
  static Route here(Upstream upstream, TestLoops loops) {
    return new Route(loops, upstream);
  }

  RouteAttempt attempt() {
    return attempt;
  }

  BlockingQueue<Told> told() {
    return told;
  }

  /** What the channel threw. */
  Queue<Throwable> thrown() {
    return thrown;
  }

  Told next() throws InterruptedException {
    return TestLoops.take(told);
  }

  Ready ready() throws InterruptedException {
    Told next = next();
    if (next instanceof Ready ready) {
      return ready;
    }
    throw new AssertionError(next);
  }

  TunnelFailure failure() throws InterruptedException {
    Told next = next();
    if (next instanceof Failed failed) {
      return failed.failure();
    }
    throw new AssertionError(next);
  }

  TunnelFailure lost() throws InterruptedException {
    Told next = next();
    while (next instanceof Text) {
      next = next();
    }
    if (next instanceof Lost lost) {
      return lost.failure();
    }
    throw new AssertionError(next);
  }

  @Override
  public void ready(Channel channel, String peer) {
    assert loops.loop().inEventLoop();
    loops.closeAtEnd(channel);
    channel.pipeline().addLast(new Leg(peer));
    told.add(new Ready(channel, peer));
  }

  @Override
  public void failed(TunnelFailure failure) {
    assert loops.loop().inEventLoop();
    told.add(new Failed(failure));
  }

  /** Treats exceptions as the relay's leg does. */
  private final class Leg extends SimpleChannelInboundHandler<ByteBuf> {
    private final String peer;
    private boolean remoteSpoke;
    private @Nullable Throwable broke;

    Leg(String peer) {
      this.peer = peer;
    }

    @Override
    protected void channelRead0(ChannelHandlerContext ctx, ByteBuf bytes) {
      remoteSpoke = true;
      told.add(new Text(bytes.toString(StandardCharsets.UTF_8)));
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      broke = cause;
      thrown.add(cause);
      ctx.close();
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
      told.add(new Lost(upstream.lost(broke, peer, remoteSpoke)));
    }
  }
}
