package io.tlstunnel.internal.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.nio.NioEventLoopGroup;
import io.netty.handler.ssl.SslProvider;
import io.tlstunnel.internal.runtime.DeadPeer;
import io.tlstunnel.internal.runtime.EventLoops;
import io.tlstunnel.testpki.TestCa;
import io.tlstunnel.tls.ServerTrust;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** What a socket to the remote is told about dead peers, asked back from the system. */
class DeadPeerOptionsTest {
  private static final TestCa CA = TestCa.create("test authority");

  @Test
  void nativeSocketGivesUpWhatIsUnacknowledgedToo() throws Exception {
    try (EventLoops loops = EventLoops.shared()) {
      assertThat(loops.transport().name()).as("the tests run with epoll").isEqualTo("epoll");
      assertThat(optionsOf(loops, DeadPeer.within(Duration.ofSeconds(9))))
          .containsOnly(
              Map.entry("TCP_KEEPIDLE", 6),
              Map.entry("TCP_KEEPINTVL", 1),
              Map.entry("TCP_KEEPCNT", 3),
              Map.entry("TCP_USER_TIMEOUT", 9_000));
    }
  }

  @Test
  void byDefaultOnlyAnIdleConnectionIsProbed() throws Exception {
    try (EventLoops loops = EventLoops.shared()) {
      assertThat(optionsOf(loops, DeadPeer.BY_DEFAULT))
          .containsOnly(
              Map.entry("TCP_KEEPIDLE", 60),
              Map.entry("TCP_KEEPINTVL", 20),
              Map.entry("TCP_KEEPCNT", 3),
              Map.entry("TCP_USER_TIMEOUT", 0));
    }
  }

  // Deprecated by Netty 4.2, and the only one that Netty 4.1 has.
  @SuppressWarnings("deprecation")
  @Test
  void socketOfTheJdkGetsWhatTheJdkHas() throws Exception {
    EventLoopGroup group = new NioEventLoopGroup(1);
    try (EventLoops loops = EventLoops.borrow(group)) {
      assertThat(optionsOf(loops, DeadPeer.within(Duration.ofSeconds(60))))
          .containsOnly(
              Map.entry("TCP_KEEPIDLE", 30),
              Map.entry("TCP_KEEPINTERVAL", 10),
              Map.entry("TCP_KEEPCOUNT", 3));
    } finally {
      group.shutdownGracefully(0, 5, java.util.concurrent.TimeUnit.SECONDS).awaitUninterruptibly();
    }
  }

  @Test
  void peerThatTheSystemGaveUpIsTold() {
    assertThat(RouteLoss.of(new IOException("Connection timed out"), "r:1", true, false).message())
        .isEqualTo(
            "connection to r:1 failed: the remote no longer answers (TCP timed out) (check the"
                + " network between here and the remote)");
  }

  private static Map<String, Object> optionsOf(EventLoops loops, DeadPeer dead) throws Exception {
    Map<ChannelOption<?>, Object> options = loops.transport().deadPeer().apply(dead);
    TestLoops remoteLoops = new TestLoops();
    TestLoops routeLoops = new TestLoops(loops.group());
    try (remoteLoops;
        TlsRemote remote = TlsRemote.with(CA.server("remote.example")).start(remoteLoops);
        Upstream upstream =
            Remotes.trusting(ServerTrust.certificates(CA.certificates()), SslProvider.JDK)
                .socket(loops.transport().socket())
                .socketOptions(options)
                .at(remote.port())) {
      Channel channel = new Route(upstream, routeLoops).ready().channel();
      Map<String, Object> asked =
          options.keySet().stream()
              .collect(
                  Collectors.toMap(
                      option -> option.name().replaceFirst(".*[.#]", ""),
                      option -> channel.config().getOption(option)));
      channel.close().syncUninterruptibly();
      return asked;
    }
  }
}
