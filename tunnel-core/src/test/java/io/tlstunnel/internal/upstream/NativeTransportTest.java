package io.tlstunnel.internal.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.ssl.SslProvider;
import io.tlstunnel.internal.runtime.EventLoops;
import io.tlstunnel.testpki.TestCa;
import io.tlstunnel.tls.ServerTrust;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The transport that tunnels run on has texts of its own for what fails, and we say the same. */
class NativeTransportTest {
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

  private Remotes ours() {
    TestCa authority = TestCa.create("test authority");
    return Remotes.trusting(
            ServerTrust.certificates(authority.certificates()), SslProvider.OPENSSL_REFCNT)
        .socket(shared.transport().socket());
  }

  private static int closedPort() throws IOException {
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return free.getLocalPort();
    }
  }
}
