package io.tlstunnel.tests.peers;

import static org.assertj.core.api.Assertions.assertThat;

import io.tlstunnel.TlsTunnel;
import io.tlstunnel.tests.rig.Remote;
import io.tlstunnel.tests.rig.RunningProgram;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * gRPC's own interop cases, each asked of its server directly and through a tunnel, by programs on
 * the class path that they were released with.
 */
@Tag("peers")
class GrpcInteropPeerTest {
  private static final Duration BOUND = Duration.ofSeconds(60);
  private static final Pattern PORTS = Pattern.compile("ports (\\d+) (\\d+)");

  @TempDir static Path directory;
  private static RunningProgram server;
  private static int plainPort;
  private static TlsTunnel tunnel;

  @BeforeAll
  static void start() throws IOException {
    Remote remote = new Remote();
    server =
        RunningProgram.start(
                directory,
                "interop-server",
                java(
                    "io.tlstunnel.interop.InteropServer",
                    remote.server().chainFile().toString(),
                    remote.server().keyFile().toString(),
                    remote.ca().pemFile().toString()))
            .awaitOutput("ports ");
    Matcher ports = PORTS.matcher(server.output());
    assertThat(ports.find()).isTrue();
    plainPort = Integer.parseInt(ports.group(1));
    tunnel = remote.tunnelTo(Integer.parseInt(ports.group(2)));
  }

  @AfterAll
  static void stop() throws IOException {
    if (tunnel != null) {
      tunnel.close();
    }
    if (server != null) {
      server.close();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "empty_unary",
        "large_unary",
        "client_compressed_unary_noprobe",
        "server_compressed_unary",
        "client_streaming",
        "client_compressed_streaming_noprobe",
        "server_streaming",
        "server_compressed_streaming",
        "ping_pong",
        "empty_stream",
        "custom_metadata",
        "status_code_and_message",
        "special_status_message",
        "unimplemented_method",
        "unimplemented_service",
        "cancel_after_begin",
        "cancel_after_first_response",
        "timeout_on_sleeping_server",
        "very_large_request",
        "pick_first_unary",
        "rpc_soak",
        "channel_soak",
        "orca_per_rpc",
        "orca_oob"
      })
  void caseThatPassesDirectlyPassesThroughTheTunnel(String name) throws Exception {
    try (RunningProgram direct = client("direct-" + name, plainPort, name);
        RunningProgram through = client("through-" + name, tunnel.port(), name)) {
      assertThat(direct.exitStatus(BOUND)).as(direct::output).isZero();
      assertThat(through.exitStatus(BOUND)).as(through::output).isZero();
      assertThat(through.output()).contains("Test completed.");
    }
  }

  /** What grpc-java's server does not offer is refused in the same way by both routes. */
  @ParameterizedTest
  @ValueSource(
      strings = {"cacheable_unary", "client_compressed_unary", "client_compressed_streaming"})
  void caseThatFailsDirectlyFailsAlikeThroughTheTunnel(String name) throws Exception {
    try (RunningProgram direct = client("direct-" + name, plainPort, name);
        RunningProgram through = client("through-" + name, tunnel.port(), name)) {
      assertThat(direct.exitStatus(BOUND)).isNotZero();
      assertThat(through.exitStatus(BOUND)).isNotZero();
      assertThat(complaint(through)).isEqualTo(complaint(direct));
    }
  }

  @Test
  void clientWithoutTheCaseIsNotTakenForAPass() throws Exception {
    try (RunningProgram client = client("unknown", tunnel.port(), "no_such_case")) {
      assertThat(client.exitStatus(BOUND)).isNotZero();
    }
  }

  private static String complaint(RunningProgram client) {
    return client
        .output()
        .lines()
        .filter(line -> line.startsWith("Exception in thread") || line.startsWith("Caused by"))
        .findFirst()
        .orElseThrow(() -> new AssertionError("no exception: " + client.output()));
  }

  private static RunningProgram client(String log, int port, String name) throws IOException {
    List<String> command =
        java(
            "io.grpc.testing.integration.TestServiceClient",
            "--server_host=127.0.0.1",
            "--server_port=" + port,
            "--use_tls=false",
            "--test_case=" + name,
            "--soak_per_iteration_max_acceptable_latency_ms=10000",
            "--soak_overall_timeout_seconds=50");
    if (name.startsWith("orca")) {
      // The cases ask a load balancer of the client what the server reported.
      command.add(
          "--service_config_json="
              + "{\"loadBalancingConfig\":[{\"test_backend_metrics_load_balancer\":{}}]}");
    }
    return RunningProgram.start(directory, log, command);
  }

  private static List<String> java(String main, String... arguments) throws IOException {
    Path interop = Path.of("interop", "target").toAbsolutePath().normalize();
    String dependencies = Files.readString(interop.resolve("class-path.txt")).strip();
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                // Short lives: no time is lost on optimizing them.
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Xmx512m",
                "-cp",
                interop.resolve("classes") + ":" + dependencies,
                main));
    command.addAll(List.of(arguments));
    return command;
  }
}
