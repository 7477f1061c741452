package io.tlstunnel.internal.upstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.handler.ssl.SslProvider;
import io.tlstunnel.event.Stage;
import io.tlstunnel.event.TunnelFailure;
import io.tlstunnel.testpki.CertificateSpec;
import io.tlstunnel.testpki.Issued;
import io.tlstunnel.testpki.TestCa;
import io.tlstunnel.tls.ServerTrust;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NoRouteToHostException;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.nio.channels.UnsupportedAddressTypeException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** The steps of an attempt, their failures and their deadline, with either TLS provider. */
@ParameterizedClass
@EnumSource(names = {"JDK", "OPENSSL_REFCNT"})
class RouteAttemptTest {
  private static final TestCa CA = TestCa.create("test authority");
  private static final Issued SERVER =
      CA.issue(CertificateSpec.of("CN=remote").dns("remote.example").ip("127.0.0.1").ip("::1"));

  private static final String ROUTES =
      "check this machine's routes to that address, that its host is up, and that no firewall"
          + " rejects the packets";
  private static final String NO_ANSWER = "no answer for (\\d+ ms|\\d+\\.\\d s)";

  private final SslProvider provider;
  private final TestLoops loops = new TestLoops();

  RouteAttemptTest(SslProvider provider) {
    this.provider = provider;
  }

  @AfterEach
  void close() {
    loops.close();
  }

  @Test
  void nameThatDoesNotResolveIsTold() throws Exception {
    try (Upstream upstream =
        ours()
            .resolver(
                name -> {
                  throw new UnknownHostException(name);
                })
            .at(443)) {
      assertThat(new Route(upstream, loops).failure())
          .isEqualTo(
              new TunnelFailure(
                  Stage.RESOLVE,
                  "remote.example:443",
                  "no address is known for this name",
                  "check the host's spelling and the name service",
                  false));
    }
  }

  @Test
  void nameThatTheJvmDoesNotKnowIsTold() throws Exception {
    try (Upstream upstream =
        ours().host("no-such-host.invalid").resolver(InetAddress::getAllByName).at(443)) {
      TunnelFailure failure = new Route(upstream, loops).failure();
      assertThat(failure.stage()).isEqualTo(Stage.RESOLVE);
      assertThat(failure.peer()).isEqualTo("no-such-host.invalid:443");
    }
  }

  @Test
  void resolverThatBreaksIsTold() throws Exception {
    try (Upstream upstream =
        ours()
            .resolver(
                name -> {
                  throw new IllegalStateException("broken");
                })
            .at(443)) {
      TunnelFailure failure = new Route(upstream, loops).failure();
      assertThat(failure.cause()).isEqualTo("the resolver failed: broken");
      assertThat(failure.remedy()).isEqualTo("check the name service of this machine");
    }
  }

  @Test
  void nameServiceThatHangsIsToldAndBlocksNoLoop() throws Exception {
    CountDownLatch answer = new CountDownLatch(1);
    try (Upstream upstream =
        ours()
            .resolver(
                name -> {
                  await(answer);
                  throw new UnknownHostException(name);
                })
            .timeout(Duration.ofMillis(300))
            .at(443)) {
      Route route = new Route(upstream, loops);
      assertThat(loops.on(() -> "the loop is free")).isNotEmpty();
      TunnelFailure failure = route.failure();
      assertThat(failure.stage()).isEqualTo(Stage.RESOLVE);
      assertThat(failure.cause()).matches(NO_ANSWER);
      assertThat(failure.remedy()).isEqualTo("check the name service of this machine");
    } finally {
      answer.countDown();
    }
  }

  @Test
  void closedPortIsTold() throws Exception {
    int port = closedPort();
    try (Upstream upstream = ours().at(port)) {
      TunnelFailure failure = new Route(upstream, loops).failure();
      assertThat(failure)
          .isEqualTo(
              new TunnelFailure(
                  Stage.CONNECT,
                  "remote.example/127.0.0.1:" + port,
                  "connection refused",
                  "check that the remote listens on that port",
                  false));
      assertThat(failure.message())
          .isEqualTo(
              "TCP connect to remote.example/127.0.0.1:"
                  + port
                  + " failed: connection refused (check that the remote listens on that port)");
    }
  }

  @Test
  void closedPortsOfAllAddressesAreTold() throws Exception {
    int port = closedPort();
    try (Upstream upstream = ours().addresses("127.0.0.2", "127.0.0.3").at(port)) {
      TunnelFailure failure = new Route(upstream, loops).failure();
      assertThat(failure.peer()).isEqualTo("remote.example:" + port);
      assertThat(failure.cause())
          .isEqualTo(
              "none of its 2 addresses: 127.0.0.2 connection refused, 127.0.0.3 connection"
                  + " refused");
    }
  }

  @Test
  void nextAddressIsTriedWhenOneRefuses() throws Exception {
    try (TlsRemote remote = TlsRemote.with(SERVER).start(loops);
        Upstream upstream =
            ours().addresses("127.0.0.2", "127.0.0.3", "127.0.0.1").at(remote.port())) {
      assertThat(new Route(upstream, loops).ready().peer())
          .isEqualTo("remote.example/127.0.0.1:" + remote.port());
    }
  }

  @Test
  void addressThatSwallowsPacketsLeavesTimeForTheNext() throws Exception {
    try (TlsRemote remote = TlsRemote.with(SERVER).start(loops);
        BlackHole hole = new BlackHole("127.0.0.2", remote.port());
        Upstream upstream =
            ours()
                .addresses("127.0.0.2", "127.0.0.1")
                .timeout(Duration.ofSeconds(4))
                .at(hole.port())) {
      assertThat(new Route(upstream, loops).ready().peer())
          .isEqualTo("remote.example/127.0.0.1:" + remote.port());
    }
  }

  @Test
  void connectIntoABlackHoleIsToldAtTheDeadline() throws Exception {
    try (BlackHole hole = new BlackHole("127.0.0.1", 0);
        Upstream upstream = ours().timeout(Duration.ofMillis(1_200)).at(hole.port())) {
      TunnelFailure failure = new Route(upstream, loops).failure();
      assertThat(failure.stage()).isEqualTo(Stage.CONNECT);
      assertThat(failure.cause()).matches(NO_ANSWER);
      assertThat(failure.remedy())
          .isEqualTo("check host and port, and that no firewall drops the packets");
    }
  }

  @Test
  void stalledHandshakeIsToldAtTheDeadlineAndLeavesNoConnection() throws Exception {
    try (ServerSocket silent = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        Upstream upstream = ours().timeout(Duration.ofMillis(1_200)).at(silent.getLocalPort())) {
      Route route = new Route(upstream, loops);
      try (Socket accepted = silent.accept()) {
        TunnelFailure failure = route.failure();
        assertThat(failure.stage()).isEqualTo(Stage.TLS);
        assertThat(failure.cause()).matches(NO_ANSWER + "( to a ClientHello of 1\\d{3} bytes)?");
        assertThat(failure.remedy()).startsWith("check that a TLS server listens on that port");
        assertClosedByPeer(accepted);
      }
    }
  }

  @Test
  void cleartextRemoteIsTold() throws Exception {
    String response = "HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n";
    assertHandshakeFails(
        socket -> socket.getOutputStream().write(response.getBytes(StandardCharsets.US_ASCII)),
        "the remote does not speak TLS on this port",
        "check the port: the tunnel leads to TLS servers only");
  }

  @Test
  void remoteThatClosesDuringTheHandshakeIsTold() throws Exception {
    assertHandshakeFails(
        socket -> {
          // All of our hello is read first, or the close would be a reset.
          socket.getInputStream().read(new byte[65_536]);
          socket.shutdownOutput();
        },
        "the remote closed the connection during the handshake",
        "check that a TLS server listens on that port, and its log");
  }

  @Test
  void remoteThatResetsDuringTheHandshakeIsTold() throws Exception {
    assertHandshakeFails(
        socket -> {
          socket.getInputStream().read();
          socket.setSoLinger(true, 0);
          socket.close();
        },
        "the remote reset the connection during the handshake",
        "check that a TLS server listens on that port");
  }

  /** As a load balancer without backends does: it accepts, and is gone before our hello. */
  @Test
  void remoteThatResetsBeforeOurHelloIsToldAtOnce() throws Exception {
    try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        Upstream upstream =
            ours().witness(Remotes.resetWhenConnected(server)).at(server.getLocalPort())) {
      TunnelFailure failure = new Route(upstream, loops).failure();
      assertThat(failure.stage()).isEqualTo(Stage.TLS);
      assertThat(failure.cause()).isEqualTo("the remote reset the connection during the handshake");
    }
  }

  @Test
  void addressIsConnectedToWithoutSni() throws Exception {
    try (TlsRemote remote = TlsRemote.with(SERVER).start(loops);
        Upstream upstream =
            ours()
                .host("127.0.0.1")
                .resolver(
                    name -> {
                      throw new AssertionError("nothing to resolve");
                    })
                .at(remote.port())) {
      assertThat(new Route(upstream, loops).ready().peer()).isEqualTo("127.0.0.1:" + remote.port());
      assertThat(remote.handshake().sni()).isEmpty();
    }
  }

  @Test
  void sniMayDifferFromTheHost() throws Exception {
    try (TlsRemote remote = TlsRemote.with(SERVER).start(loops);
        Upstream upstream = ours().host("127.0.0.1").sni("remote.example").at(remote.port())) {
      new Route(upstream, loops).ready();
      assertThat(remote.handshake().sni()).containsExactly("remote.example");
    }
  }

  @Test
  void nameWithoutADotIsSentAsSni() throws Exception {
    try (TlsRemote remote = TlsRemote.with(CA.server("thanos")).start(loops);
        Upstream upstream = ours().host("thanos").at(remote.port())) {
      new Route(upstream, loops).ready();
      assertThat(remote.handshake().sni()).containsExactly("thanos");
    }
  }

  @Test
  void finalDotOfAHostIsForTheResolverOnly() throws Exception {
    try (TlsRemote remote = TlsRemote.with(SERVER).start(loops);
        Upstream upstream = ours().host("remote.example.").at(remote.port())) {
      new Route(upstream, loops).ready();
      assertThat(remote.handshake().sni()).containsExactly("remote.example");
    }
  }

  @Test
  void everyAttemptResolvesAnew() throws Exception {
    AtomicInteger lookups = new AtomicInteger();
    try (TlsRemote remote = TlsRemote.with(SERVER).start(loops);
        Upstream upstream =
            ours()
                .resolver(
                    name -> {
                      lookups.incrementAndGet();
                      return InetAddress.getAllByName("127.0.0.1");
                    })
                .at(remote.port())) {
      for (int i = 1; i <= 3; i++) {
        new Route(upstream, loops).ready();
        assertThat(lookups).hasValue(i);
      }
    }
  }

  @Test
  void overdueNamesTheStepThatIsWaitedFor() throws Exception {
    CountDownLatch answer = new CountDownLatch(1);
    try (ServerSocket silent = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        Upstream upstream =
            ours()
                .resolver(
                    name -> {
                      await(answer);
                      return InetAddress.getAllByName("127.0.0.1");
                    })
                .at(silent.getLocalPort())) {
      Route route = new Route(upstream, loops);
      TunnelFailure resolving = loops.on(route.attempt()::overdue);
      assertThat(resolving.stage()).isEqualTo(Stage.RESOLVE);
      assertThat(resolving.peer()).isEqualTo("remote.example:" + silent.getLocalPort());
      assertThat(resolving.cause()).matches(NO_ANSWER);
      answer.countDown();
      try (Socket accepted = silent.accept()) {
        assertThat(accepted.getInputStream().read()).isEqualTo(22);
        TunnelFailure securing = loops.on(route.attempt()::overdue);
        assertThat(securing.stage()).isEqualTo(Stage.TLS);
        assertThat(securing.message())
            .startsWith("TLS handshake with remote.example/127.0.0.1:" + silent.getLocalPort())
            .contains("no answer for ");
        loops.on(
            () -> {
              route.attempt().cancel();
              return true;
            });
        assertClosedByPeer(accepted);
      }
      assertThat(route.told()).isEmpty();
    }
  }

  @Test
  void overdueOfAReadyRouteWaitsForSettings() throws Exception {
    try (TlsRemote remote = TlsRemote.with(SERVER).start(loops);
        Upstream upstream = ours().at(remote.port())) {
      Route route = new Route(upstream, loops);
      Route.Ready ready = route.ready();
      assertThat(loops.on(route.attempt()::overdue).stage()).isEqualTo(Stage.SETTINGS);
      loops.on(
          () -> {
            route.attempt().cancel();
            return true;
          });
      assertThat(ready.channel().isOpen()).isTrue();
    }
  }

  @Test
  void cancelledAttemptIsNotHeardOf() throws Exception {
    try (BlackHole hole = new BlackHole("127.0.0.1", 0);
        Upstream upstream = ours().timeout(Duration.ofMillis(200)).at(hole.port())) {
      Route cancelled =
          loops.on(
              () -> {
                Route opened = Route.here(upstream, loops);
                opened.attempt().cancel();
                opened.attempt().cancel();
                return opened;
              });
      Route connecting = new Route(upstream, loops);
      loops.on(
          () -> {
            connecting.attempt().cancel();
            return true;
          });
      new Route(upstream, loops).failure();
      assertThat(cancelled.told()).isEmpty();
      assertThat(connecting.told()).isEmpty();
    }
  }

  @Test
  void attemptsUnderWayOutliveTheCloseOfTheUpstream() throws Exception {
    try (TlsRemote remote = TlsRemote.with(SERVER).echoes().start(loops)) {
      Upstream upstream = ours().host("127.0.0.1").at(remote.port());
      Route route =
          loops.on(
              () -> {
                Route opened = Route.here(upstream, loops);
                upstream.close();
                return opened;
              });
      route.ready();
      assertThatThrownBy(() -> new Route(upstream, loops))
          .hasRootCauseInstanceOf(IllegalStateException.class)
          .rootCause()
          .hasMessage("the upstream is closed");
    }
  }

  @Test
  void closeLeavesNoResolverThread() throws Exception {
    Upstream upstream = ours().at(closedPort());
    new Route(upstream, loops).failure();
    upstream.close();
    Awaitility.await()
        .atMost(10, TimeUnit.SECONDS)
        .until(
            () ->
                Thread.getAllStackTraces().keySet().stream()
                    .noneMatch(thread -> thread.getName().equals("tlstunnel-resolver")));
  }

  @Test
  void timeIsToldInUnitsThatAPersonReads() {
    assertThat(Waiting.of(Stage.TLS, 9_849_000_000L).cause()).isEqualTo("no answer for 9.8 s");
    assertThat(Waiting.of(Stage.TLS, 999_999_999L).cause()).isEqualTo("no answer for 999 ms");
  }

  @Test
  void failuresOfTheNetworkAreTold() {
    assertConnectFailure(new NoRouteToHostException("No route to host"), "unreachable", ROUTES);
    assertConnectFailure(new NoRouteToHostException(), "unreachable", ROUTES);
    assertConnectFailure(new ConnectException("Network is unreachable"), "unreachable", ROUTES);
    assertConnectFailure(
        new SocketException("Too many open files"),
        "this process has too many open files",
        "raise its limit (ulimit -n)");
    assertConnectFailure(
        new SocketException("Too many open files in system"),
        "this machine has too many open files",
        "raise its limit (sysctl fs.file-max)");
    assertConnectFailure(
        new SocketException("Cannot assign requested address"),
        "this machine has no free local port left",
        "let fewer connections come and go");
    assertConnectFailure(
        new SocketException("Permission denied"),
        "this machine does not permit it",
        "check its firewall, its routes (prohibit) and the sandbox of this process");
    assertConnectFailure(
        new SocketException("No buffer space available"),
        "this machine has no memory left for a socket",
        "check its memory, and what TCP may use of it (sysctl net.ipv4.tcp_mem)");
    assertConnectFailure(
        new UnsupportedAddressTypeException(),
        "this machine, or this JVM, has no IPv6",
        "give the name an IPv4 address, or check IPv6 on this machine and the JVM's option"
            + " preferIPv4Stack, which switches it off");
    assertConnectFailure(
        new SocketException("what nobody has heard of"),
        "what nobody has heard of",
        "check the network between here and the remote");
  }

  private static void assertConnectFailure(Throwable thrown, String cause, String remedy) {
    ConnectFailures failures = new ConnectFailures();
    failures.add(InetAddress.getLoopbackAddress(), thrown);
    assertThat(failures.diagnosis()).isEqualTo(new Diagnosis(cause, remedy));
  }

  private Remotes ours() {
    return Remotes.trusting(ServerTrust.certificates(CA.certificates()), provider);
  }

  private interface Behaviour {
    void with(Socket socket) throws IOException;
  }

  private void assertHandshakeFails(Behaviour remote, String cause, String remedy)
      throws Exception {
    try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        Upstream upstream = ours().at(server.getLocalPort())) {
      Route route = new Route(upstream, loops);
      try (Socket accepted = server.accept()) {
        remote.with(accepted);
        assertThat(route.failure())
            .isEqualTo(
                new TunnelFailure(
                    Stage.TLS,
                    "remote.example/127.0.0.1:" + server.getLocalPort(),
                    cause,
                    remedy,
                    false));
      }
    }
  }

  private static void assertClosedByPeer(Socket socket) throws IOException {
    socket.setSoTimeout(20_000);
    try {
      while (socket.getInputStream().read() >= 0) {
        // What was sent before it closed.
      }
    } catch (SocketException reset) {
      assertThat(reset).hasMessageContaining("reset");
    }
  }

  private static int closedPort() throws IOException {
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return free.getLocalPort();
    }
  }

  private static void await(CountDownLatch latch) {
    try {
      assertThat(latch.await(20, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** A port whose backlog is full: the kernel drops further connects, as a firewall would. */
  private static final class BlackHole implements AutoCloseable {
    private final ServerSocket server = new ServerSocket();
    private final List<Socket> fillers = new ArrayList<>();

    BlackHole(String address, int port) throws IOException {
      server.bind(new InetSocketAddress(address, port), 1);
      for (int i = 0; i < 2; i++) {
        Socket filler = new Socket();
        filler.connect(server.getLocalSocketAddress(), 1_000);
        fillers.add(filler);
      }
    }

    int port() {
      return server.getLocalPort();
    }

    @Override
    public void close() throws IOException {
      for (Socket filler : fillers) {
        filler.close();
      }
      server.close();
    }
  }
}
