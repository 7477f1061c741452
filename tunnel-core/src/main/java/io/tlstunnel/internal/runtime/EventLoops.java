package io.tlstunnel.internal.runtime;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.EventExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Event loops that a tunnel uses: those that all tunnels of the JVM share, which exist as long as
 * one of them does, or borrowed ones, which are left as they are.
 */
public final class EventLoops implements AutoCloseable {
  private static final long TERMINATION_SECONDS = 5;

  private static final Object LOCK = new Object();
  private static @Nullable EventLoopGroup shared;
  private static int users;

  private final EventLoopGroup group;
  private final Transport transport;
  private final boolean borrowed;

  private EventLoops(EventLoopGroup group, Transport transport, boolean borrowed) {
    this.group = group;
    this.transport = transport;
    this.borrowed = borrowed;
  }

  /**
   * Joins the loops of this JVM's tunnels, and makes them for the first: one for each processor.
   */
  public static EventLoops shared() {
    Transport best = Transport.best();
    synchronized (LOCK) {
      EventLoopGroup group = shared;
      if (group == null) {
        group =
            best.loops()
                .apply(
                    Runtime.getRuntime().availableProcessors(),
                    new DefaultThreadFactory("tlstunnel", true));
        shared = group;
      }
      users++;
      return new EventLoops(group, best, false);
    }
  }

  /**
   * Borrows the application's loops.
   *
   * @throws IllegalArgumentException if no transport that is on the path runs on them
   */
  public static EventLoops borrow(EventLoopGroup group) {
    for (Transport transport : Transport.all()) {
      if (runsOn(group, transport)) {
        return new EventLoops(group, transport, true);
      }
    }
    throw new IllegalArgumentException(
        "eventLoopGroup: " + group + " (expected: loops of the epoll, kqueue or NIO transport)");
  }

  public EventLoopGroup group() {
    return group;
  }

  public Transport transport() {
    return transport;
  }

  /**
   * Whether the calling thread is one of these loops, or of the shared ones if there are none, and
   * so must not wait for them. To be asked before they are joined or borrowed.
   */
  public static boolean inEventLoop(@Nullable EventLoopGroup borrowed) {
    EventLoopGroup group = borrowed;
    if (group == null) {
      synchronized (LOCK) {
        group = shared;
      }
    }
    return group != null && isIn(group);
  }

  /** Whether the calling thread is one of the loops, and so must not wait for them. */
  public boolean inEventLoop() {
    return isIn(group);
  }

  private static boolean isIn(EventLoopGroup group) {
    for (EventExecutor loop : group) {
      if (loop.inEventLoop()) {
        return true;
      }
    }
    return false;
  }

  /**
   * Leaves the shared loops; the last to leave ends their threads, and waits until they have ended.
   */
  @Override
  public void close() {
    if (borrowed) {
      return;
    }
    EventLoopGroup ending = null;
    synchronized (LOCK) {
      if (--users == 0) {
        ending = shared;
        shared = null;
      }
    }
    if (ending == null) {
      return;
    }
    boolean mayWait = !inEventLoop();
    ending.shutdownGracefully(0, TERMINATION_SECONDS, TimeUnit.SECONDS);
    if (mayWait) {
      ending.terminationFuture().awaitUninterruptibly(TERMINATION_SECONDS, TimeUnit.SECONDS);
    }
  }

  /** Tries: the two Netty lines share no method that tells which channels a group takes. */
  private static boolean runsOn(EventLoopGroup group, Transport transport) {
    EventLoop loop = group.next();
    Channel trial;
    try {
      trial = transport.socket().getDeclaredConstructor().newInstance();
    } catch (ReflectiveOperationException impossible) {
      throw new IllegalStateException("cannot make a " + transport.name() + " socket", impossible);
    }
    ChannelFuture registered = loop.register(trial).awaitUninterruptibly();
    if (!registered.isSuccess()) {
      trial.unsafe().closeForcibly();
      return false;
    }
    // On its loop, which otherwise keeps it registered.
    trial.close().awaitUninterruptibly();
    return true;
  }
}
