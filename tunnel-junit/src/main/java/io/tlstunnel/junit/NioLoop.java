package io.tlstunnel.junit;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.nio.NioEventLoopGroup;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.ImmediateEventExecutor;
import java.util.concurrent.TimeUnit;

/** One event loop of its own for each server, so that a test that stops it stops nothing else. */
final class NioLoop implements AutoCloseable {
  private static final int PATIENCE_MILLIS = 10_000;

  private final ChannelGroup channels = new DefaultChannelGroup(ImmediateEventExecutor.INSTANCE);
  private final EventLoopGroup group;

  // Netty 4.2 deprecates the class for IoHandler factories, which the 4.1 of many an application
  // does not have.
  @SuppressWarnings("deprecation")
  NioLoop(String name) {
    group =
        new NioEventLoopGroup(1, new DefaultThreadFactory(name, true)) {
          @Override
          public ChannelFuture register(Channel channel) {
            channels.add(channel);
            return super.register(channel);
          }
        };
  }

  EventLoopGroup group() {
    return group;
  }

  /**
   * Closes what is still open on it and ends the loop's thread; returns when that has ended. The
   * channels go first, while the loop still works: a socket is given back by the selection that
   * follows its close, and a loop that ends at once may come to none.
   */
  @Override
  public void close() {
    awaitOnLoop(() -> channels.forEach(NioLoop::cut));
    awaitOnLoop(() -> {});
    group.shutdownGracefully(0, 5, TimeUnit.SECONDS).awaitUninterruptibly(PATIENCE_MILLIS);
  }

  private void awaitOnLoop(Runnable task) {
    group.next().submit(task).awaitUninterruptibly(PATIENCE_MILLIS);
  }

  /** As the end of the loop would: past handlers that have last words, or a network that stalls. */
  private static void cut(Channel channel) {
    channel.unsafe().close(channel.voidPromise());
  }
}
