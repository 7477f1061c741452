package io.tlstunnel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.nio.NioEventLoopGroup;
import io.tlstunnel.event.TunnelEvent;
import io.tlstunnel.testpeer.Frame;
import io.tlstunnel.testpeer.RawClient;
import io.tlstunnel.testpeer.Rig;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The life of a tunnel, from start to close. */
class TlsTunnelTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  @RegisterExtension final Rig rig = new Rig();

  @Test
  void tunnelTellsWhereItListens() {
    TlsTunnel tunnel = rig.tunnel();
    assertThat(tunnel.localAddress().getAddress()).isEqualTo(InetAddress.getLoopbackAddress());
    assertThat(tunnel.port()).isPositive().isEqualTo(tunnel.localAddress().getPort());
    assertThat(tunnel.target()).isEqualTo("127.0.0.1:" + tunnel.port());
    assertThat(tunnel.state()).isEqualTo(TunnelState.RUNNING);
    assertThat(tunnel).hasToString("TlsTunnel[127.0.0.1:" + tunnel.port() + ", RUNNING]");
  }

  @Test
  void tunnelListensOnTheAddressThatIsAskedFor() {
    TlsTunnel tunnel = rig.tunnel(builder -> builder.listen("127.0.0.2", 0));
    assertThat(tunnel.target()).isEqualTo("127.0.0.2:" + tunnel.port());
  }

  @ParameterizedTest
  @ValueSource(strings = {"0.0.0.0", "::"})
  void tunnelThatListensOnAllAddressesIsReachedByItsTarget(String all) {
    TlsTunnel tunnel = rig.tunnel(builder -> builder.listen(all, 0));
    assertThat(tunnel.target()).isEqualTo("127.0.0.1:" + tunnel.port());
    rig.client();
  }

  @ParameterizedTest
  @ValueSource(strings = {"bücher.test", "remote.elsewhere.", "[::1]", "::1%1"})
  void remoteMayBeNamedInEveryWayThatIsAName(String host) throws Exception {
    InetAddress loopback = InetAddress.getLoopbackAddress();
    TlsTunnel tunnel =
        rig.keep(
            TlsTunnel.builder()
                .upstream(host, rig.server().port())
                .resolver(name -> List.of(loopback))
                .connectTimeout(Duration.ofSeconds(5))
                .start());
    RawClient client = rig.keep(RawClient.silent(tunnel.port()));
    // In one piece: the route may have failed before a second one arrives.
    client.sendAtOnce(Frame.settings(), client.grpcRequest(1, Frame.END_STREAM));
    client.expect(RawClient.GREETING, Frame.settingsAck());
    // No connection, or a certificate of nobody's: but it was tried, and the answer says so.
    assertThat(client.readFailure().field("grpc-message")).contains(" failed: ");
  }

  @Test
  void requestIsAnsweredHoweverManyAddressesHaveFailed() throws Exception {
    List<InetAddress> addresses =
        IntStream.range(0, 300).mapToObj(i -> address("127.0.1." + i % 250)).toList();
    int port = rig.server().port(); // listens on 127.0.0.1 only
    TlsTunnel tunnel =
        rig.keep(
            TlsTunnel.builder().upstream("many.test", port).resolver(name -> addresses).start());
    RawClient client = rig.keep(RawClient.silent(tunnel.port()));
    // In one piece: the route may have failed before a second one arrives.
    client.sendAtOnce(Frame.settings(), client.grpcRequest(1, Frame.END_STREAM));
    client.expect(RawClient.GREETING, Frame.settingsAck());
    assertThat(client.readFailure().field("grpc-message"))
        .contains("none of its 300 addresses: 127.0.1.0 connection refused, ")
        .contains("127.0.1.4 connection refused and 295 more (");
  }

  private static InetAddress address(String literal) {
    try {
      return InetAddress.getByName(literal);
    } catch (UnknownHostException never) {
      throw new AssertionError(never);
    }
  }

  @Test
  void startAndCloseThatWaitAreRefusedOnAnEventLoop() throws Exception {
    CompletableFuture<List<Throwable>> thrown = new CompletableFuture<>();
    CompletableFuture<TlsTunnel> tunnel = new CompletableFuture<>();
    tunnel.complete(
        rig.keep(
            rig.builder()
                .listener(
                    event -> {
                      if (event instanceof TunnelEvent.RouteFailed) {
                        thrown.complete(
                            List.of(
                                catchThrowable(() -> rig.builder().start()),
                                catchThrowable(() -> tunnel.join().close(PATIENCE))));
                      }
                    })
                .start()));
    rig.keep(RawClient.connect(tunnel.join().port()));
    rig.server().acceptTcp().close();
    List<Throwable> both = thrown.get(20, TimeUnit.SECONDS);
    assertThat(both).allSatisfy(t -> assertThat(t).isInstanceOf(IllegalStateException.class));
    assertThat(both.get(0))
        .hasMessage(
            "start() was called on an event loop (expected: another thread, since it waits)");
    assertThat(both.get(1))
        .hasMessage(
            "close(drain) was called on an event loop (expected: another thread, since it waits;"
                + " close() does not)");
    assertThat(tunnel.join().state()).isEqualTo(TunnelState.RUNNING);
  }

  @Test
  void drainingTwiceCutsNobodyShort() throws Exception {
    Rig.Route route = rig.route();
    route.client().send(route.client().grpcRequest(1, Frame.END_STREAM));
    route.remote().readBlock();
    CompletableFuture<Void> first = CompletableFuture.runAsync(() -> rig.tunnel().close(PATIENCE));
    route.client().read(Frame.GOAWAY);
    Frame ping = route.client().read(Frame.PING);
    CompletableFuture<Void> second = CompletableFuture.runAsync(() -> rig.tunnel().close(PATIENCE));
    route.client().send(Frame.of(Frame.PING, Frame.ACK, 0, ping.payload()));
    route.client().read(Frame.GOAWAY);
    route.client().pingThrough(route.remote());
    assertThat(second).isNotDone();

    route.remote().send(route.remote().headers(1, Frame.END_STREAM, ":status: 200", "a: b"));
    assertThat(route.client().readBlock().field("a")).isEqualTo("b");
    route.client().read(Frame.GOAWAY);
    route.client().close();
    CompletableFuture.allOf(first, second).get(20, TimeUnit.SECONDS);
  }

  @Test
  void closedTunnelSaysSo() {
    TlsTunnel tunnel = rig.tunnel();
    String message = "the tunnel on 127.0.0.1:" + tunnel.port() + " is closed";
    tunnel.close();
    assertThatThrownBy(tunnel::localAddress)
        .isInstanceOf(IllegalStateException.class)
        .hasMessage(message);
    assertThatThrownBy(tunnel::port).hasMessage(message);
    assertThatThrownBy(tunnel::target).hasMessage(message);
    assertThat(tunnel.state()).isEqualTo(TunnelState.CLOSED);
    assertThat(tunnel.stats().connectionsAccepted()).isZero();
  }

  @Test
  void closingTwiceOrFromManyThreadsDoesNothingMore() {
    TlsTunnel tunnel = rig.tunnel();
    rig.client();
    CompletableFuture.allOf(
            Stream.generate(() -> CompletableFuture.runAsync(tunnel::close))
                .limit(8)
                .toArray(CompletableFuture[]::new))
        .orTimeout(PATIENCE.toSeconds(), TimeUnit.SECONDS)
        .join();
    tunnel.close();
    assertThat(tunnel.state()).isEqualTo(TunnelState.CLOSED);
  }

  @Test
  void tunnelCanBeClosedByItsListenerOnAnEventLoop() throws IOException {
    CompletableFuture<TlsTunnel> tunnel = new CompletableFuture<>();
    CompletableFuture<String> closedBy = new CompletableFuture<>();
    TlsTunnel closing =
        rig.keep(
            rig.builder()
                .listener(
                    event -> {
                      if (event instanceof TunnelEvent.RouteFailed) {
                        tunnel.join().close();
                        closedBy.complete(Thread.currentThread().getName());
                      }
                    })
                .start());
    tunnel.complete(closing);
    RawClient client = rig.keep(RawClient.connect(closing.port()));
    rig.server().acceptTcp().close();
    assertThat(closedBy.orTimeout(20, TimeUnit.SECONDS).join()).startsWith("tlstunnel");
    client.expectGone();
  }

  @Test
  void openRequestsAreToldThatTheTunnelIsClosed() {
    Rig.Route route = rig.route();
    route.client().send(route.client().grpcRequest(1, Frame.END_STREAM));
    route.remote().readBlock();
    CompletableFuture<Void> closing = CompletableFuture.runAsync(rig.tunnel()::close);
    assertThat(route.client().readBlock().field("grpc-message")).isEqualTo("the tunnel was closed");
    assertThat(route.client().expectEnding(1)).isEqualTo("the tunnel was closed");
    route.client().close();
    route.remote().expectGone();
    closing.orTimeout(20, TimeUnit.SECONDS).join();
  }

  @Test
  void waitingRequestsAreToldThatTheTunnelIsClosed() {
    RawClient client = rig.client();
    client.send(client.grpcRequest(1, Frame.END_STREAM), Frame.ping(0, 1));
    CompletableFuture<Void> closing = CompletableFuture.runAsync(rig.tunnel()::close);
    Frame next = client.read();
    assertThat(next.type()).isIn(Frame.HEADERS, Frame.PING, Frame.GOAWAY);
    client.close();
    closing.orTimeout(20, TimeUnit.SECONDS).join();
  }

  @Test
  void connectionThatHasSaidNothingIsClosedWithTheTunnel() {
    rig.tunnel(builder -> builder); // keeps the shared event loops alive
    TlsTunnel second = rig.tunnel(builder -> builder);
    RawClient silent = rig.keep(RawClient.silent(second.port()));
    await().atMost(PATIENCE).until(() -> second.stats().connectionsAccepted() == 1);
    second.close();
    silent.expectGone();
  }

  @Test
  void clientThatDoesNotCloseDoesNotHoldTheTunnelUp() {
    rig.client();
    long started = System.nanoTime();
    rig.tunnel().close();
    assertThat(Duration.ofNanos(System.nanoTime() - started)).isLessThan(PATIENCE);
    assertThat(rig.tunnel().stats().connectionsOpen()).isZero();
  }

  @Test
  void builderStartsOneTunnel() {
    TlsTunnelBuilder builder = rig.builder();
    rig.keep(builder.start());
    assertThatThrownBy(builder::start)
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("start() was already called: a builder describes one tunnel");
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void portInUseIsNamedWithItsAddress(boolean nio) throws IOException {
    try (ServerSocket other = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      cannotListen(
          nio,
          rig.builder().listen(other.getLocalPort()),
          "cannot listen on 127.0.0.1:"
              + other.getLocalPort()
              + ": the port is in use (stop what listens there, or listen(0) for a free port)");
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void addressOfAnotherMachineIsNamed(boolean nio) {
    cannotListen(
        nio,
        rig.builder().listen("192.0.2.1", 0),
        "cannot listen on 192.0.2.1:0: it is not an address of this machine");
  }

  /** The transports report the same trouble in different exceptions. */
  @SuppressWarnings("deprecation") // 4.1 has no other NIO group
  private static void cannotListen(boolean nio, TlsTunnelBuilder builder, String message) {
    EventLoopGroup group = new NioEventLoopGroup(1);
    try {
      assertThatThrownBy((nio ? builder.eventLoopGroup(group) : builder)::start)
          .isInstanceOf(TunnelStartException.class)
          .hasMessage(message);
    } finally {
      group.shutdownGracefully(0, 5, TimeUnit.SECONDS).awaitUninterruptibly();
    }
  }

  @Test
  void listenHostThatDoesNotResolveIsNamed() {
    assertThatThrownBy(() -> rig.builder().listen("no-such-host.invalid", 7).start())
        .isInstanceOf(TunnelStartException.class)
        .hasMessage("cannot listen on no-such-host.invalid:7: the host name does not resolve");
  }

  @Test
  void listenerThatThrowsHarmsNobody() throws IOException {
    TlsTunnel tunnel =
        rig.keep(
            rig.builder()
                .listener(
                    event -> {
                      throw new IllegalStateException("thrown by the test's listener");
                    })
                .start());
    RawClient probe = rig.keep(RawClient.silent(tunnel.port()));
    probe.sendBytes(new byte[] {1});
    probe.expectGone();
    RawClient client = rig.keep(RawClient.connect(tunnel.port()));
    client.send(client.grpcRequest(1, Frame.END_STREAM));
    rig.server().acceptTcp().close();
    assertThat(client.readFailure().field("grpc-status")).isEqualTo("14");
  }

  @Test
  void tunnelsOfTheJvmShareTheirLoopsAndTheFirstToCloseLeavesThemToTheOthers() {
    List<TlsTunnel> tunnels =
        Stream.generate(() -> rig.tunnel(builder -> builder)).limit(3).toList();
    for (int i = 0; i < 8; i++) {
      rig.keep(RawClient.connect(tunnels.get(i % 3).port()));
    }
    long threads =
        Thread.getAllStackTraces().keySet().stream()
            .filter(thread -> thread.getName().startsWith("tlstunnel"))
            .count();
    assertThat(threads).isBetween(1L, (long) Runtime.getRuntime().availableProcessors());
    tunnels.get(0).close();
    tunnels.get(1).close();
    rig.keep(RawClient.connect(tunnels.get(2).port()));
  }
}
