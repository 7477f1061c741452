package io.tlstunnel.internal.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.handler.ssl.SslProvider;
import io.tlstunnel.event.Stage;
import io.tlstunnel.event.TunnelFailure;
import io.tlstunnel.internal.runtime.EventLoops;
import io.tlstunnel.testpki.Issued;
import io.tlstunnel.testpki.TestCa;
import io.tlstunnel.tls.ClientCert;
import io.tlstunnel.tls.ServerTrust;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;

/** The transport that tunnels run on has texts of its own for what fails, and we say the same. */
class NativeTransportTest {
  private static final TestCa CA = TestCa.create("test authority");
  private static final Issued CLIENT = CA.client("tunnel");

  private final EventLoops shared = EventLoops.shared();
  private final TestLoops loops = new TestLoops(shared.group());

  @AfterEach
  void close() {
    loops.close();
    shared.close();
  }

  @Test
  void closedPortIsTold() throws Exception {
    try (Upstream upstream = ours().at(closedPort())) {
      assertThat(new Route(upstream, loops).failure().cause()).isEqualTo("connection refused");
    }
  }

  @Test
  void remoteThatResetsDuringTheHandshakeIsTold() throws Exception {
    try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        Upstream upstream = ours().at(server.getLocalPort())) {
      Route route = new Route(upstream, loops);
      try (Socket accepted = server.accept()) {
        assertThat(accepted.getInputStream().read()).isEqualTo(22);
        accepted.setSoLinger(true, 0);
      }
      assertThat(route.failure().cause())
          .isEqualTo("the remote reset the connection during the handshake");
    }
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

  /** The remote's alert must survive that our writes fail on the connection that it closed. */
  @RepeatedTest(10)
  void refusalOfOurCertificateIsToldAlthoughWeWereWriting() throws Exception {
    TestLoops remoteLoops = new TestLoops();
    try (remoteLoops;
        TlsRemote remote =
            TlsRemote.with(CA.server("remote.example"))
                .versions("TLSv1.3")
                .requiresClientFrom(TestCa.create("other authority").certificate())
                .start(remoteLoops);
        Upstream upstream =
            ours().clientCert(ClientCert.of(CLIENT.key(), CLIENT.chain())).at(remote.port())) {
      Route route = new Route(upstream, loops);
      Channel channel = route.ready().channel();
      for (int i = 0; i < 20; i++) {
        channel.writeAndFlush(Unpooled.wrappedBuffer(new byte[16_384]));
      }
      assertThat(remote.connection().closeFuture().await(20_000)).isTrue();
      channel.writeAndFlush(Unpooled.wrappedBuffer(new byte[16_384])).await(20_000);
      channel.config().setAutoRead(true);
      assertThat(route.lost().cause())
          .isEqualTo("the remote refused our client certificate: certificate_unknown");
    }
  }

  private Remotes ours() {
    return Remotes.trusting(ServerTrust.certificates(CA.certificates()), SslProvider.OPENSSL_REFCNT)
        .socket(shared.transport().socket());
  }

  private static int closedPort() throws IOException {
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return free.getLocalPort();
    }
  }
}
