package io.tlstunnel.internal.runtime;

import io.netty.channel.kqueue.KQueue;
import io.netty.channel.kqueue.KQueueEventLoopGroup;
import io.netty.channel.kqueue.KQueueServerSocketChannel;
import io.netty.channel.kqueue.KQueueSocketChannel;
import java.util.Map;

/** The kqueue transport, in a class of its own because its jar is optional. */
final class KQueueTransport {
  private KQueueTransport() {}

  static boolean available() {
    return KQueue.isAvailable();
  }

  // Netty 4.2 deprecates it for IoHandler factories, which 4.1 does not have.
  @SuppressWarnings("deprecation")
  static Transport transport() {
    return new Transport(
        "kqueue",
        KQueueSocketChannel.class,
        KQueueServerSocketChannel.class,
        KQueueEventLoopGroup::new,
        // Netty has no option for it there: the system's keepalive is what there is.
        dead -> Map.of());
  }
}
