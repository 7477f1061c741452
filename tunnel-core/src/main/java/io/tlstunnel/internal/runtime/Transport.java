package io.tlstunnel.internal.runtime;

import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.socket.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadFactory;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A way to the operating system's sockets. The natives are optional: a class that names theirs is
 * loaded only where they are on the path.
 *
 * @param name as a person knows it
 * @param socket the channel type of connections
 * @param serverSocket the channel type of listeners
 * @param loops makes event loops
 * @param deadPeer the options by which its sockets give a dead peer up, as far as it has them
 */
public record Transport(
    String name,
    Class<? extends SocketChannel> socket,
    Class<? extends ServerChannel> serverSocket,
    BiFunction<Integer, ThreadFactory, EventLoopGroup> loops,
    Function<DeadPeer, Map<ChannelOption<?>, Object>> deadPeer) {
  private static final Logger LOG = LoggerFactory.getLogger(Transport.class);
  private static final List<Transport> AVAILABLE = available();

  /** The best transport of this machine: epoll or kqueue where its native loads, else NIO. */
  public static Transport best() {
    return AVAILABLE.get(0);
  }

  /** All transports of this machine, best first; NIO is always there. */
  static List<Transport> all() {
    return AVAILABLE;
  }

  private static List<Transport> available() {
    Transport nio = NioTransport.transport();
    List<Transport> all = new ArrayList<>(2);
    if (loads("io.netty.channel.epoll.Epoll")) {
      addIfUsable(all, EpollTransport::unavailable, EpollTransport::transport);
    } else if (loads("io.netty.channel.kqueue.KQueue")) {
      addIfUsable(all, KQueueTransport::unavailable, KQueueTransport::transport);
    }
    all.add(nio);
    return List.copyOf(all);
  }

  private static void addIfUsable(
      List<Transport> all, Supplier<@Nullable Throwable> unavailable, Supplier<Transport> made) {
    try {
      Throwable why = unavailable.get();
      if (why == null) {
        all.add(made.get());
      } else if (why instanceof UnsatisfiedLinkError && !NativeFailure.isAbsent(why)) {
        warn(why);
      }
    } catch (LinkageError clash) {
      warn(clash);
    }
  }

  private static void warn(Throwable why) {
    LOG.warn(
        "Netty's native transport cannot be used: {}; using NIO, with which deadPeerTimeout does"
            + " not notice a remote that is gone while data is unacknowledged",
        NativeFailure.of(why));
  }

  private static boolean loads(String className) {
    try {
      Class.forName(className, false, Transport.class.getClassLoader());
      return true;
    } catch (ClassNotFoundException | LinkageError absent) {
      return false;
    }
  }
}
