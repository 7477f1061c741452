package io.tlstunnel.internal.runtime;

import io.netty.channel.ChannelOption;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.epoll.EpollEventLoopGroup;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The epoll transport, in a class of its own because its jar is optional. */
final class EpollTransport {
  private EpollTransport() {}

  /** Why it cannot be used; null if it can. */
  static @Nullable Throwable unavailable() {
    return Epoll.unavailabilityCause();
  }

  // Netty 4.2 deprecates it for IoHandler factories, which 4.1 does not have.
  @SuppressWarnings("deprecation")
  static Transport transport() {
    return new Transport(
        "epoll",
        EpollSocketChannel.class,
        EpollServerSocketChannel.class,
        EpollEventLoopGroup::new,
        EpollTransport::options);
  }

  private static Map<ChannelOption<?>, Object> options(DeadPeer dead) {
    return Map.of(
        EpollChannelOption.TCP_KEEPIDLE, dead.idleSeconds(),
        EpollChannelOption.TCP_KEEPINTVL, dead.intervalSeconds(),
        EpollChannelOption.TCP_KEEPCNT, dead.probes(),
        EpollChannelOption.TCP_USER_TIMEOUT, dead.unacknowledgedMillis());
  }
}
