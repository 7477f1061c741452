package io.tlstunnel.tests.trials;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.ClientCalls;
import io.tlstunnel.TlsTunnel;
import io.tlstunnel.junit.ByteMethods;
import io.tlstunnel.tests.rig.Program;
import io.tlstunnel.tests.rig.Remote;
import io.tlstunnel.tests.rig.RunningProgram;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Clients that want an answer to their PING and their SETTINGS while the tunnel still waits for the
 * remote, here one that takes connections and says nothing. They must live to be told the cause.
 */
@Tag("trials")
class WaitingClientsTest {
  /** nghttp waits 10 s for the ACK of its SETTINGS. */
  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(12);

  private static final Duration BOUND = Duration.ofMinutes(1);

  @TempDir static Path directory;
  private static ServerSocket blackHole;
  private static TlsTunnel tunnel;
  private static Map<Client, RunningProgram> clients;
  private static ManagedChannel grpcJava;
  private static Future<byte[]> callOfGrpcJava;

  /** A client, and how it shows what it was told. */
  enum Client {
    NGHTTP("nghttp") {
      @Override
      List<String> command(int port) {
        return List.of(Program.NGHTTP.require().toString(), "http://127.0.0.1:" + port);
      }
    },
    GRPCIO("grpcio with a keepalive of one second") {
      @Override
      List<String> command(int port) {
        if (!Files.exists(Path.of("/usr/lib/python3/dist-packages/grpc"))) {
          Program.missing("python3-grpcio");
        }
        return TrialProgram.GRPCIO.command(port, 60_000);
      }
    },
    GRPC_JS("grpc-js with a keepalive of one second") {
      @Override
      List<String> command(int port) {
        return TrialProgram.GRPC_JS.command(port, 1, 1, 60_000);
      }
    };

    private final String title;

    Client(String title) {
      this.title = title;
    }

    abstract List<String> command(int port);

    @Override
    public String toString() {
      return title;
    }
  }

  /** All at once, since each of them waits for the same time. */
  @BeforeAll
  static void start() throws IOException {
    blackHole = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    tunnel =
        new Remote()
            .describeTunnelTo(blackHole.getLocalPort())
            .connectTimeout(CONNECT_TIMEOUT)
            .start();
    grpcJava =
        NettyChannelBuilder.forAddress("127.0.0.1", tunnel.port())
            .usePlaintext()
            // grpc-java asks every 10 s at the soonest, and so before the cause is known.
            .keepAliveTime(10, TimeUnit.SECONDS)
            .keepAliveTimeout(1, TimeUnit.SECONDS)
            .build();
    callOfGrpcJava =
        ClientCalls.futureUnaryCall(
            grpcJava.newCall(
                ByteMethods.unary("trials.Echo/Call"),
                CallOptions.DEFAULT.withDeadlineAfter(BOUND.toSeconds(), TimeUnit.SECONDS)),
            new byte[0]);
    clients = new EnumMap<>(Client.class);
    for (Client client : Client.values()) {
      clients.put(
          client, RunningProgram.start(directory, client.name(), client.command(tunnel.port())));
    }
  }

  @AfterAll
  static void stop() throws Exception {
    for (RunningProgram client : clients.values()) {
      client.close();
    }
    grpcJava.shutdownNow();
    assertThat(grpcJava.awaitTermination(20, TimeUnit.SECONDS)).isTrue();
    tunnel.close();
    blackHole.close();
  }

  @ParameterizedTest(name = "2 {0} is told the cause by a tunnel that waits for its remote")
  @EnumSource
  void isToldTheCause(Client client) throws Exception {
    RunningProgram running = Objects.requireNonNull(clients.get(client));

    assertThat(running.exitStatus(BOUND)).as(running::output).isZero();
    assertThat(running.output()).contains(cause()).doesNotContain("SETTINGS_TIMEOUT");
  }

  @Test
  @DisplayName("2 grpc-java with a keepalive of ten seconds is told the cause, too")
  void grpcJavaIsToldTheCause() {
    assertThatThrownBy(() -> callOfGrpcJava.get(BOUND.toSeconds(), TimeUnit.SECONDS))
        .hasMessageContaining("UNAVAILABLE: " + cause());
  }

  private static String cause() {
    return "TLS handshake with 127.0.0.1:" + blackHole.getLocalPort() + " failed: no answer";
  }
}
