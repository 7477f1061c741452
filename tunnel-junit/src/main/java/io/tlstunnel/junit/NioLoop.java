package io.tlstunnel.junit;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.nio.NioEventLoopGroup;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.util.concurrent.TimeUnit;

/** One event loop of its own for each server, so that a test that stops it stops nothing else. */
final class NioLoop implements AutoCloseable {
  private final EventLoopGroup group;

  // Netty 4.2 deprecates the class for IoHandler factories, which the 4.1 of many an application
  // does not have.
  @SuppressWarnings("deprecation")
  NioLoop(String name) {
    group = new NioEventLoopGroup(1, new DefaultThreadFactory(name, true));
  }

  EventLoopGroup group() {
    return group;
  }

  /** Ends the loop's thread; returns when it has ended. */
  @Override
  public void close() {
    group.shutdownGracefully(0, 5, TimeUnit.SECONDS).awaitUninterruptibly(10_000);
  }
}
