package io.tlstunnel.internal.runtime;

import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollEventLoopGroup;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;

/** The epoll transport, in a class of its own because its jar is optional. */
final class EpollTransport {
  private EpollTransport() {}

  static boolean available() {
    return Epoll.isAvailable();
  }

  // Netty 4.2 deprecates it for IoHandler factories, which 4.1 does not have.
  @SuppressWarnings("deprecation")
  static Transport transport() {
    return new Transport(
        "epoll",
        EpollSocketChannel.class,
        EpollServerSocketChannel.class,
        EpollEventLoopGroup::new);
  }
}
