package io.tlstunnel.internal.runtime;

import io.netty.channel.ChannelOption;
import io.netty.channel.nio.NioEventLoopGroup;
import io.netty.channel.socket.nio.NioChannelOption;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import java.io.IOException;
import java.net.SocketOption;
import java.nio.channels.SocketChannel;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/** The JDK's own transport, which is always there. */
final class NioTransport {
  private NioTransport() {}

  // Netty 4.2 deprecates it for IoHandler factories, which 4.1 does not have.
  @SuppressWarnings("deprecation")
  static Transport transport() {
    return new Transport(
        "nio",
        NioSocketChannel.class,
        NioServerSocketChannel.class,
        NioEventLoopGroup::new,
        NioTransport::options);
  }

  /**
   * What this platform's JDK has of it; that is found by name, because the options' class is in an
   * optional module. It has no limit for unacknowledged data anywhere.
   */
  private static Map<ChannelOption<?>, Object> options(DeadPeer dead) {
    Map<String, Integer> wanted =
        Map.of(
            "TCP_KEEPIDLE", dead.idleSeconds(),
            "TCP_KEEPINTERVAL", dead.intervalSeconds(),
            "TCP_KEEPCOUNT", dead.probes());
    Map<ChannelOption<?>, Object> options = new HashMap<>();
    for (SocketOption<?> option : supported()) {
      Integer value = wanted.get(option.name());
      if (value != null) {
        options.put(NioChannelOption.of(option), value);
      }
    }
    return options;
  }

  private static Set<SocketOption<?>> supported() {
    try (SocketChannel trial = SocketChannel.open()) {
      return trial.supportedOptions();
    } catch (IOException noSocket) {
      return Set.of();
    }
  }
}
