package io.tlstunnel.tests.faults;

import static io.tlstunnel.tests.faults.FaultRig.FIGURES;
import static io.tlstunnel.tests.faults.FaultRig.echo;
import static io.tlstunnel.tests.faults.FaultRig.recovers;
import static io.tlstunnel.tests.faults.FaultRig.timesSeen;
import static io.tlstunnel.tests.faults.FaultRig.unavailable;
import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.tlstunnel.TlsTunnel;
import io.tlstunnel.junit.Frame;
import io.tlstunnel.junit.GrpcBackend;
import io.tlstunnel.junit.InjectedFault;
import io.tlstunnel.junit.RecordedCall;
import io.tlstunnel.junit.ScriptedBackend;
import io.tlstunnel.junit.ScriptedConnection;
import io.tlstunnel.junit.fault.NetworkFault;
import io.tlstunnel.junit.fault.TlsFault;
import io.tlstunnel.junit.fault.When;
import io.tlstunnel.tests.rig.TestCall;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The remote is not there, or goes: rows 1 to 9 of the fault matrix. */
@Tag("faults")
@Timeout(120)
class RemoteGoneFaultsTest {
  private static final Duration SHORT = Duration.ofMillis(500);
  private static final String REMEDY =
      " (the next call connects anew; the remote's log should say why)";
  private static final CallOptions PATIENT =
      CallOptions.DEFAULT.withDeadlineAfter(30, TimeUnit.SECONDS);

  @RegisterExtension final FaultRig rig = new FaultRig();

  /** How a connection may end, and what the client is told about it. */
  enum Ending {
    CLOSE_NOTIFY("the remote closed the connection"),
    RST("the remote reset the connection"),
    FIN_ALONE("the connection was cut off: it ended without TLS close_notify");

    private final String cause;

    Ending(String cause) {
      this.cause = cause;
    }

    void strike(ScriptedConnection connection) {
      switch (this) {
        case CLOSE_NOTIFY -> connection.close();
        case RST -> connection.reset();
        case FIN_ALONE -> connection.cut();
      }
    }
  }

  @Test
  @DisplayName("1 upstream refuses: told at once, and found when it comes up")
  void refuses() throws IOException {
    int port = freePort();
    TlsTunnel tunnel = rig.tunnel(port, builder -> {});
    ManagedChannel channel = rig.channel(tunnel);
    long begun = System.nanoTime();

    assertThat(unavailable(echo(channel)).getDescription())
        .isEqualTo(
            "TCP connect to 127.0.0.1:%d failed: connection refused (check that the remote listens"
                + " on that port)",
            port);
    FIGURES.row(1, "told", since(begun));

    Methods methods = rig.methods();
    GrpcBackend backend = rig.backend(builder -> builder.port(port).service(methods));
    FIGURES.row(1, "recovery", recovers(channel));
    assertThat(backend.calls()).hasSize(1);
    assertThat(tunnel.stats().routesFailed()).isEqualTo(1);
  }

  @ParameterizedTest(name = "2 dies mid-unary: {0}")
  @EnumSource(names = {"CLOSE_NOTIFY", "FIN_ALONE"})
  void diesMidUnary(Ending ending) {
    losesRequest(2, ending);
  }

  @ParameterizedTest(name = "3 dies mid-stream: {0}")
  @EnumSource(names = {"CLOSE_NOTIFY", "FIN_ALONE"})
  void diesMidStream(Ending ending) throws InterruptedException {
    losesResponse(3, ending);
  }

  @Test
  @DisplayName("4 RST: before the response")
  void resetBeforeTheResponse() {
    losesRequest(4, Ending.RST);
  }

  @Test
  @DisplayName("4 RST: in the response")
  void resetInTheResponse() throws InterruptedException {
    losesResponse(4, Ending.RST);
  }

  @Test
  @DisplayName("5 FIN without close_notify: between two messages")
  void finBetweenMessages() throws InterruptedException {
    losesResponse(5, Ending.FIN_ALONE);
  }

  @ParameterizedTest(name = "5 FIN without close_notify: within a message, {0}")
  @EnumSource
  void lossWithinMessage(Ending ending) {
    // Two frames promise 100 bytes and bring 50; of a third frame only the half arrives.
    byte[] half = new byte[55];
    half[4] = 100;
    ScriptedBackend backend =
        rig.scripted(
            connection -> {
              if (connection.number() > 1) {
                Script.answerOne(connection);
                return;
              }
              int stream = Script.awaitCall(connection).stream();
              connection.send(Frame.responseHeaders(stream), Frame.data(stream, half, false));
              connection.sendBytes(new byte[] {0, 0, 20, Frame.DATA, 0, 0, 0, 0, (byte) stream, 9});
              connection.awaitFrame(frame -> frame.type() == Frame.PING, Script.PATIENCE);
              ending.strike(connection);
            });
    TlsTunnel tunnel =
        rig.tunnel(backend.port(), builder -> builder.keepAlive(SHORT, Duration.ofSeconds(20)));
    ManagedChannel channel = rig.channel(tunnel);
    TestCall call = echo(channel);

    assertThat(unavailable(call).getDescription())
        .isEqualTo("connection to 127.0.0.1:%d failed: %s%s", backend.port(), ending.cause, REMEDY);
    assertThat(call.responses()).isEmpty();
    recovers(channel);
  }

  @Test
  @DisplayName("6 half-open blackhole in an active stream: found by PING")
  void blackholeUnderAnOpenStream() {
    GrpcBackend backend = rig.backend();
    TlsTunnel tunnel = rig.tunnel(backend.port(), builder -> builder.keepAlive(SHORT, SHORT));
    ManagedChannel channel = rig.channel(tunnel);
    recovers(channel);
    TestCall call = TestCall.of(channel, Methods.HANG, PATIENT, new byte[1]);
    backend.takeCall(Script.PATIENCE);
    backend.takeCall(Script.PATIENCE);
    long begun = System.nanoTime();
    InjectedFault hole = backend.inject(NetworkFault.blackhole(), When.connection(1));

    assertThat(unavailable(call).getDescription())
        .isEqualTo(
            "connection to 127.0.0.1:%d failed: the remote has been silent for 1000 ms and did not"
                + " answer a PING (check the network between here and the remote)",
            backend.port());
    FIGURES.row(6, "noticed", since(begun));
    FIGURES.row(6, "recovery", recovers(channel));
    assertThat(timesSeen(backend, call)).isEqualTo(1);
    hole.remove();
  }

  @Test
  @DisplayName("7 blackhole on an idle connection: the next call is told, the one after it works")
  void blackholeOnAnIdleConnection() {
    GrpcBackend backend = rig.backend();
    TlsTunnel tunnel = rig.tunnel(backend.port(), builder -> builder.keepAlive(SHORT, SHORT));
    ManagedChannel channel = rig.channel(tunnel);
    recovers(channel);
    backend.inject(NetworkFault.blackhole(), When.connection(1));
    long begun = System.nanoTime();

    TestCall call = TestCall.of(channel, Methods.ECHO, PATIENT, new byte[1]);
    assertThat(unavailable(call).getDescription()).contains("did not answer a PING");
    FIGURES.row(7, "noticed", since(begun));
    FIGURES.row(7, "recovery", recovers(channel));
    assertThat(timesSeen(backend, call)).isZero();
  }

  @Test
  @DisplayName("8 connect blackhole: told at the connect timeout")
  void connectBlackhole() throws IOException {
    // A listener that accepts nobody: once its queue is full, SYNs are dropped.
    ServerSocket full =
        rig.closeAfterwards(new ServerSocket(0, 1, InetAddress.getLoopbackAddress()));
    for (int i = 0; i < 4; i++) {
      SocketChannel filler = rig.closeAfterwards(SocketChannel.open());
      filler.configureBlocking(false);
      filler.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), full.getLocalPort()));
    }
    TlsTunnel tunnel = rig.tunnel(full.getLocalPort(), builder -> builder.connectTimeout(SHORT));
    long begun = System.nanoTime();

    assertThat(unavailable(echo(rig.channel(tunnel))).getDescription())
        .startsWith("TCP connect to 127.0.0.1:" + full.getLocalPort() + " failed: no answer for");
    FIGURES.row(8, "told", since(begun));
  }

  @Test
  @DisplayName("9 TLS handshake stall: told at the connect timeout")
  void handshakeStall() {
    GrpcBackend backend = rig.backend();
    InjectedFault stall = backend.inject(TlsFault.HANDSHAKE_STALL, When.connection(1));
    TlsTunnel tunnel = rig.tunnel(backend.port(), builder -> builder.connectTimeout(SHORT));
    ManagedChannel channel = rig.channel(tunnel);
    long begun = System.nanoTime();

    TestCall call = echo(channel);
    assertThat(unavailable(call).getDescription())
        .startsWith("TLS handshake with 127.0.0.1:" + backend.port() + " failed: no answer for");
    FIGURES.row(9, "told", since(begun));
    assertThat(timesSeen(backend, call)).isZero();
    stall.remove();
    FIGURES.row(9, "recovery", recovers(rig.channelTo(backend)));
  }

  private void losesRequest(int row, Ending ending) {
    CountDownLatch gone = new CountDownLatch(1);
    ScriptedBackend backend =
        rig.scripted(
            connection -> {
              if (connection.number() > 1) {
                Script.answerOne(connection);
                return;
              }
              Script.awaitCall(connection);
              ending.strike(connection);
              gone.countDown();
            });
    ManagedChannel channel = rig.channelTo(backend);
    TestCall call = echo(channel);
    Status status = unavailable(call);
    assertThat(gone.getCount()).isZero();
    assertThat(status.getDescription())
        .isEqualTo("connection to 127.0.0.1:%d failed: %s%s", backend.port(), ending.cause, REMEDY);
    FIGURES.row(row, "recovery", recovers(channel));
    assertThat(timesSeen(backend, call)).isEqualTo(1);
    assertThat(backend.connections()).hasSize(2);
  }

  private void losesResponse(int row, Ending ending) throws InterruptedException {
    CountDownLatch read = new CountDownLatch(1);
    ScriptedBackend backend =
        rig.scripted(
            connection -> {
              RecordedCall call = Script.awaitCall(connection);
              if (connection.number() > 1) {
                Script.answer(connection, call);
                return;
              }
              Script.begin(connection, call, 3);
              read.await(20, TimeUnit.SECONDS);
              ending.strike(connection);
            });
    ManagedChannel channel = rig.channelTo(backend);
    TestCall call = TestCall.of(channel, Methods.DOWNLOAD, PATIENT, new byte[1]);
    for (int i = 0; i < 3; i++) {
      assertThat(call.take()).containsExactly(1, 2, 3);
    }
    assertThat(call.ended()).isNotDone();
    long begun = System.nanoTime();
    read.countDown();

    assertThat(unavailable(call).getDescription())
        .isEqualTo("connection to 127.0.0.1:%d failed: %s%s", backend.port(), ending.cause, REMEDY);
    FIGURES.row(row, "told", since(begun));
    assertThat(call.responses()).isEmpty();
    FIGURES.row(row, "recovery", recovers(channel));
    assertThat(timesSeen(backend, call)).isEqualTo(1);
  }

  private static Duration since(long nanos) {
    return Duration.ofNanos(System.nanoTime() - nanos);
  }

  private static int freePort() throws IOException {
    try (ServerSocket probe = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return probe.getLocalPort();
    }
  }
}
