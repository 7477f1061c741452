package io.tlstunnel.internal.runtime;

import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.socket.SocketChannel;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadFactory;
import java.util.function.BiFunction;
import java.util.function.Function;

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
    if (loads("io.netty.channel.epoll.Epoll") && EpollTransport.available()) {
      return List.of(EpollTransport.transport(), nio);
    }
    if (loads("io.netty.channel.kqueue.KQueue") && KQueueTransport.available()) {
      return List.of(KQueueTransport.transport(), nio);
    }
    return List.of(nio);
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
