package io.tlstunnel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.netty.channel.Channel;
import io.netty.channel.DefaultEventLoopGroup;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.SingleThreadEventLoop;
import io.netty.channel.epoll.EpollEventLoopGroup;
import io.netty.channel.nio.NioEventLoopGroup;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.EventExecutor;
import io.tlstunnel.testpeer.RawClient;
import io.tlstunnel.testpeer.Rig;
import java.time.Duration;
import java.util.Iterator;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Event loops of the application's are used, and left as they were. */
class BorrowedLoopsTest {
  @RegisterExtension final Rig rig = new Rig();

  // Netty 4.2 deprecates these groups for IoHandler factories, which 4.1 does not have.
  @SuppressWarnings("deprecation")
  static Stream<Arguments> groups() {
    Supplier<EventLoopGroup> nio = () -> new NioEventLoopGroup(2, new DefaultThreadFactory("lent"));
    Supplier<EventLoopGroup> epoll =
        () -> new EpollEventLoopGroup(2, new DefaultThreadFactory("lent"));
    return Stream.of(Arguments.of("NIO", nio), Arguments.of("epoll", epoll));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("groups")
  void tunnelRunsOnBorrowedLoopsAndLeavesThemAlone(String name, Supplier<EventLoopGroup> loops) {
    EventLoopGroup group = loops.get();
    try {
      TlsTunnel tunnel = rig.tunnel(builder -> builder.eventLoopGroup(group));
      RawClient silent = rig.silentClient();
      Rig.Route route = rig.route();
      route.client().send(route.client().grpcRequest(1, 0));
      assertThat(route.remote().readBlock().streamId()).isEqualTo(1);
      assertThat(tunnelThreads()).as("threads of the tunnel's own").isZero();
      route.client().reset();
      tunnel.close();

      assertThat(group.isShuttingDown()).isFalse();
      silent.expectGone();
      await().atMost(Duration.ofSeconds(10)).until(() -> registered(group) == 0);
    } finally {
      group.shutdownGracefully(0, 5, TimeUnit.SECONDS).awaitUninterruptibly();
    }
  }

  @Test
  @SuppressWarnings("deprecation") // in 4.2, as above
  void loopsOfAnotherTransportAreRefused() {
    EventLoopGroup group = new DefaultEventLoopGroup(1);
    try {
      assertThatThrownBy(() -> rig.builder().eventLoopGroup(group).start())
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage(
              "eventLoopGroup: "
                  + group
                  + " (expected: loops of the epoll, kqueue or NIO transport)");
    } finally {
      group.shutdownGracefully(0, 5, TimeUnit.SECONDS).awaitUninterruptibly();
    }
  }

  private static long tunnelThreads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().startsWith("tlstunnel"))
        .count();
  }

  /** Counted on the loops: from elsewhere Netty 4.1 counts closed channels too until it selects. */
  private static int registered(EventLoopGroup group) {
    int channels = 0;
    for (EventExecutor loop : group) {
      channels +=
          loop.submit(() -> registered((SingleThreadEventLoop) loop))
              .syncUninterruptibly()
              .getNow();
    }
    return channels;
  }

  private static int registered(SingleThreadEventLoop loop) {
    int channels = 0;
    for (Iterator<Channel> all = loop.registeredChannelsIterator(); all.hasNext(); all.next()) {
      channels++;
    }
    return channels;
  }
}
