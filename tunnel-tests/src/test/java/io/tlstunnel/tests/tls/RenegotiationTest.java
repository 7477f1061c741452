package io.tlstunnel.tests.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.grpc.Status;
import io.tlstunnel.TlsTunnel;
import io.tlstunnel.TlsTunnelBuilder;
import io.tlstunnel.event.Stage;
import io.tlstunnel.junit.TestCa;
import io.tlstunnel.junit.TestCert;
import java.io.IOException;
import java.net.InetAddress;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Ensures that a remote which wants to shake hands again (RFC 9113, 9.2.1) is no success. */
@Tag("tls")
class RenegotiationTest {
  private static final byte[] EMPTY_SETTINGS = {0, 0, 0, 4, 0, 0, 0, 0, 0};
  private static final byte[] SETTINGS_ACK = {0, 0, 0, 4, 1, 0, 0, 0, 0};

  private final TestCa ca = TestCa.create();

  @ParameterizedTest(name = "P9 HelloRequest after the request, {0}")
  @EnumSource
  void secondHandshakeEndsTheConnection(Provider provider) throws Exception {
    try (SSLServerSocket listener = listen()) {
      CompletableFuture<Integer> server = CompletableFuture.supplyAsync(() -> serve(listener));
      TlsTunnelBuilder settings =
          TlsTunnel.builder()
              .upstream("127.0.0.1", listener.getLocalPort())
              .sni("backend.test")
              .trust(List.of(ca.root()));
      try (TunnelUnderTest tunnel = new TunnelUnderTest(provider.choose(settings))) {
        Status status = tunnel.call();
        assertThat(status.getCode()).as(status.toString()).isEqualTo(Status.Code.UNAVAILABLE);
        assertThat(status.getDescription())
            .isEqualTo(
                Stage.RELAY.phrase()
                    + " 127.0.0.1:"
                    + listener.getLocalPort()
                    + " failed: the remote wants to shake hands again (TLS renegotiation), which"
                    + " HTTP/2 forbids (switch renegotiation off at the remote, or let it offer TLS"
                    + " 1.3)");
        assertThat(tunnel.tunnel().stats().routesLost()).isEqualTo(1);
        assertThat(server.get(30, TimeUnit.SECONDS)).as("handshakes begun anew").isZero();
      }
    }
  }

  /**
   * Waits for a request, and then asks for another handshake instead of answering.
   *
   * @return how many handshakes were completed after that
   */
  private static int serve(SSLServerSocket listener) {
    AtomicInteger handshakes = new AtomicInteger();
    try (SSLSocket connection = (SSLSocket) listener.accept()) {
      connection.setSoTimeout(20_000);
      connection.startHandshake();
      Instant resumableUntil = Instant.now().plusSeconds(2);
      connection.getOutputStream().write(EMPTY_SETTINGS);
      connection.getOutputStream().write(SETTINGS_ACK);
      byte[] buffer = new byte[16_384];
      int read = 0;
      while (read < 150) {
        read += connection.getInputStream().read(buffer);
      }
      await().atMost(Duration.ofSeconds(10)).until(() -> Instant.now().isAfter(resumableUntil));
      connection.addHandshakeCompletedListener(done -> handshakes.incrementAndGet());
      connection.startHandshake();
      while (read >= 0) {
        read = connection.getInputStream().read(buffer);
      }
    } catch (IOException ended) {
      return handshakes.get();
    }
    return handshakes.get();
  }

  /** The JDK's TLS 1.2 is the only server here that would. */
  private SSLServerSocket listen() throws GeneralSecurityException, IOException {
    TestCert cert = ca.server("backend.test");
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    store.setKeyEntry(
        "server", cert.privateKey(), new char[0], cert.chain().toArray(new Certificate[0]));
    KeyManagerFactory keys = KeyManagerFactory.getInstance("PKIX");
    keys.init(store, new char[0]);
    SSLContext tls = SSLContext.getInstance("TLS");
    tls.init(keys.getKeyManagers(), null, null);
    // A session that may still be resumed spares the server the second proof of who it is.
    tls.getServerSessionContext().setSessionTimeout(1);
    SSLServerSocket listener =
        (SSLServerSocket)
            tls.getServerSocketFactory()
                .createServerSocket(0, 10, InetAddress.getLoopbackAddress());
    SSLParameters parameters = listener.getSSLParameters();
    parameters.setProtocols(new String[] {"TLSv1.2"});
    parameters.setApplicationProtocols(new String[] {"h2"});
    listener.setSSLParameters(parameters);
    return listener;
  }
}
