package io.tlstunnel.internal.runtime;

import io.netty.channel.kqueue.KQueue;
import io.netty.channel.kqueue.KQueueEventLoopGroup;
import io.netty.channel.kqueue.KQueueServerSocketChannel;
import io.netty.channel.kqueue.KQueueSocketChannel;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The kqueue transport, in a class of its own because its jar is optional. */
final class KQueueTransport {
  private KQueueTransport() {}

  /** Why it cannot be used; null if it can. */
  static @Nullable Throwable unavailable() {
    return KQueue.unavailabilityCause();
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
