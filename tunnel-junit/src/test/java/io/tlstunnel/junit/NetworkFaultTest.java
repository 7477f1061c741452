package io.tlstunnel.junit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tlstunnel.junit.fault.NetworkFault;
import io.tlstunnel.junit.fault.NetworkFault.Direction;
import io.tlstunnel.junit.fault.When;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A relay in front of a server that sends back what it gets. */
final class NetworkFaultTest {
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private ServerSocket server;
  private ChaosRelay relay;

  @BeforeEach
  void start() throws IOException {
    server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    threads.execute(this::accept);
    relay = ChaosRelay.to("127.0.0.1", server.getLocalPort());
  }

  @AfterEach
  void stop() throws IOException {
    relay.close();
    server.close();
    threads.shutdownNow();
  }

  @Test
  void withoutFaultsBytesPassAndHalfCloseToo() throws IOException {
    try (Socket client = connect()) {
      client.getOutputStream().write("hello".getBytes(StandardCharsets.UTF_8));
      client.shutdownOutput();
      assertThat(client.getInputStream().readAllBytes()).asString().isEqualTo("hello");
    }
    assertThat(relay.connections()).isEqualTo(1);
  }

  @Test
  void delayAndJitterHoldBytesBackInOrder() throws IOException {
    relay.inject(NetworkFault.delay(Duration.ofMillis(50), Duration.ofMillis(20)));
    try (Socket client = connect()) {
      long start = System.nanoTime();
      assertThat(echo(client, "hello")).isEqualTo("hello");
      assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThan(Duration.ofMillis(99));
    }
  }

  @Test
  void throttleLetsOnlySoManyBytesPass() throws IOException {
    relay.inject(NetworkFault.throttle(100_000));
    try (Socket client = connect()) {
      long start = System.nanoTime();
      assertThat(echo(client, "x".repeat(20_000))).hasSize(20_000);
      assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThan(Duration.ofMillis(180));
    }
  }

  @Test
  void singleBytesArriveWhole() throws IOException {
    relay.inject(NetworkFault.oneByteWrites());
    try (Socket client = connect()) {
      assertThat(echo(client, "abc".repeat(1_000))).isEqualTo("abc".repeat(1_000));
    }
  }

  @Test
  void stallEndsWhenItIsRemoved() throws IOException {
    try (Socket client = connect()) {
      assertThat(echo(client, "before")).isEqualTo("before");
      InjectedFault stall = relay.inject(NetworkFault.stall());
      client.getOutputStream().write("waits".getBytes(StandardCharsets.UTF_8));
      assertNothingComes(client);
      stall.remove();
      client.setSoTimeout(20_000);
      assertThat(read(client, 5)).isEqualTo("waits");
    }
  }

  @Test
  void blackholeLosesWhatItTakes() throws IOException {
    try (Socket client = connect()) {
      InjectedFault blackhole = relay.inject(NetworkFault.blackhole());
      client.getOutputStream().write("lost".getBytes(StandardCharsets.UTF_8));
      assertNothingComes(client);
      blackhole.remove();
      client.setSoTimeout(20_000);
      assertThat(echo(client, "found")).isEqualTo("found");
    }
  }

  @Test
  void finComesAfterTheBytesThatWereAllowed() throws IOException {
    relay.inject(NetworkFault.finAfter(Direction.RESPONSE, 3));
    try (Socket client = connect()) {
      client.getOutputStream().write("hello".getBytes(StandardCharsets.UTF_8));
      assertThat(client.getInputStream().readAllBytes()).asString().isEqualTo("hel");
    }
  }

  @Test
  void resetComesAfterTheBytesThatWereAllowed() throws IOException {
    relay.inject(NetworkFault.resetAfter(Direction.REQUEST, 2));
    try (Socket client = connect()) {
      client.getOutputStream().write("hello".getBytes(StandardCharsets.UTF_8));
      assertThatThrownBy(() -> client.getInputStream().readAllBytes())
          .isInstanceOf(SocketException.class)
          .hasMessageContaining("reset");
    }
  }

  @Test
  void halfCloseStillTakesWhatTheClientSends() throws IOException {
    relay.inject(NetworkFault.halfCloseAfter(Direction.RESPONSE, 5));
    try (Socket client = connect()) {
      assertThat(echo(client, "hello")).isEqualTo("hello");
      assertThat(client.getInputStream().read()).isEqualTo(-1);
      client.getOutputStream().write("more".getBytes(StandardCharsets.UTF_8));
      client.getOutputStream().write("and more".getBytes(StandardCharsets.UTF_8));
    }
  }

  @Test
  void oneByteIsCorrupted() throws IOException {
    relay.inject(NetworkFault.corruptByte(Direction.REQUEST, 1));
    try (Socket client = connect()) {
      client.getOutputStream().write(new byte[] {1, 2, 3});
      assertThat(client.getInputStream().readNBytes(3)).containsExactly(1, ~2, 3);
    }
  }

  @Test
  void faultMayConcernOneConnectionOnly() throws IOException {
    relay.inject(NetworkFault.finAfter(Direction.RESPONSE, 0), When.connection(2));
    try (Socket first = connect();
        Socket second = connect()) {
      assertThat(echo(first, "a")).isEqualTo("a");
      second.getOutputStream().write(1);
      assertThat(second.getInputStream().read()).isEqualTo(-1);
    }
  }

  @Test
  void faultMayBeginWhileBytesFlow() throws IOException {
    try (Socket client = connect()) {
      assertThat(echo(client, "hello")).isEqualTo("hello");
      relay.inject(NetworkFault.finAfter(Direction.RESPONSE, 7));
      client.getOutputStream().write("world".getBytes(StandardCharsets.UTF_8));
      assertThat(client.getInputStream().readAllBytes()).asString().isEqualTo("wo");
    }
  }

  @Test
  void serverThatIsNotThereResetsTheClient() throws IOException {
    int nobody;
    try (ServerSocket closed = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      nobody = closed.getLocalPort();
    }
    try (ChaosRelay toNobody = ChaosRelay.to("127.0.0.1", nobody);
        Socket client = new Socket(InetAddress.getLoopbackAddress(), toNobody.port())) {
      client.setSoTimeout(20_000);
      assertThatThrownBy(() -> client.getInputStream().read()).isInstanceOf(SocketException.class);
    }
  }

  @Test
  void nonsenseIsRefusedWithAnExpectation() {
    assertThatThrownBy(() -> NetworkFault.throttle(0))
        .hasMessage("bytesPerSecond: 0 (expected: at least 1)");
    assertThatThrownBy(() -> NetworkFault.delay(Duration.ofMillis(-1)))
        .hasMessage("delay: PT-0.001S, jitter: PT0S (expected: 0 or more)");
    assertThatThrownBy(() -> NetworkFault.finAfter(Direction.REQUEST, -1))
        .hasMessage("bytes: -1 (expected: 0 or more)");
    assertThatThrownBy(() -> NetworkFault.corruptByte(Direction.REQUEST, -1))
        .hasMessage("position: -1 (expected: 0 or more)");
  }

  private void accept() {
    while (!server.isClosed()) {
      try {
        Socket socket = server.accept();
        threads.execute(() -> sendBack(socket));
      } catch (IOException closed) {
        return;
      }
    }
  }

  private static void sendBack(Socket socket) {
    try (socket) {
      InputStream in = socket.getInputStream();
      in.transferTo(socket.getOutputStream());
    } catch (IOException reset) {
      // That is what some of these tests are about.
    }
  }

  private Socket connect() throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), relay.port());
    socket.setSoTimeout(20_000);
    return socket;
  }

  private static String echo(Socket client, String text) throws IOException {
    client.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
    return read(client, text.length());
  }

  private static String read(Socket client, int length) throws IOException {
    byte[] bytes = new byte[length];
    new DataInputStream(client.getInputStream()).readFully(bytes);
    return new String(bytes, StandardCharsets.UTF_8);
  }

  private static void assertNothingComes(Socket client) throws IOException {
    client.setSoTimeout(100);
    assertThatThrownBy(() -> client.getInputStream().read())
        .isInstanceOf(SocketTimeoutException.class);
  }
}
