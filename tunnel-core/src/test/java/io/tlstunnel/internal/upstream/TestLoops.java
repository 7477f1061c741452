package io.tlstunnel.internal.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.nio.NioEventLoopGroup;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;

/** Event loops of one test, and bounded waits for what happens on them. */
final class TestLoops implements AutoCloseable {
  private static final int SECONDS = 20;

  private final EventLoopGroup group;
  private final EventLoop loop;
  private final ChannelGroup channels;

  // Deprecated by Netty 4.2, and the only one that Netty 4.1 has.
  @SuppressWarnings("deprecation")
  TestLoops() {
    this(new NioEventLoopGroup(2));
  }

  TestLoops(EventLoopGroup group) {
    this.group = group;
    loop = group.next();
    channels = new DefaultChannelGroup(loop);
  }

  EventLoopGroup group() {
    return group;
  }

  /** The loop that the tested side lives on. */
  EventLoop loop() {
    return loop;
  }

  /** Closes the channel at the end of the test, if it still is open. */
  void closeAtEnd(Channel channel) {
    channels.add(channel);
  }

  /** Runs something on that loop and gives its result. */
  <T> T on(Callable<T> call) throws Exception {
    return loop.submit(call).get(SECONDS, TimeUnit.SECONDS);
  }

  static <T> T take(BlockingQueue<T> queue) throws InterruptedException {
    T taken = queue.poll(SECONDS, TimeUnit.SECONDS);
    assertThat(taken).as("what happened within %d s", SECONDS).isNotNull();
    return taken;
  }

  @Override
  public void close() {
    // First, for a loop that shuts down drops what a closing channel still has to release.
    channels.close().syncUninterruptibly();
    group.forEach(each -> each.submit(() -> {}).syncUninterruptibly());
    group.shutdownGracefully(0, SECONDS, TimeUnit.SECONDS).syncUninterruptibly();
  }
}
