package io.tlstunnel.tests.trials;

import static org.assertj.core.api.Assertions.assertThat;

import io.tlstunnel.TlsTunnel;
import io.tlstunnel.tests.rig.FreePort;
import io.tlstunnel.tests.rig.H2loadReport;
import io.tlstunnel.tests.rig.Program;
import io.tlstunnel.tests.rig.Remote;
import io.tlstunnel.tests.rig.RunningProgram;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Remotes whose first SETTINGS say NO_RFC7540_PRIORITIES, which may not change afterwards (RFC
 * 9218, 2.1): golang.org/x/net/http2 and nghttpx. Clients that hold servers to that must not find
 * the tunnel's greeting at odds with it, on a route's first connection or on a later one.
 */
@Tag("trials")
class StrictClientsTest {
  private static final Duration BOUND = Duration.ofMinutes(1);
  private static final int CONNECTIONS = 3;
  private static final String HELLO = "hello over HTTP/2.0\n";

  /** With the port to listen on and the tunnel's. */
  private static final String ENVOY =
      """
      static_resources:
        listeners:
        - address: { socket_address: { address: 127.0.0.1, port_value: %d } }
          filter_chains:
          - filters:
            - name: envoy.filters.network.http_connection_manager
              typed_config:
                "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
                stat_prefix: in_front
                route_config:
                  virtual_hosts:
                  - name: all
                    domains: ["*"]
                    routes:
                    - match: { prefix: "/" }
                      route: { cluster: tunnel }
                http_filters:
                - name: envoy.filters.http.router
                  typed_config:
                    "@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router
        clusters:
        - name: tunnel
          load_assignment:
            cluster_name: tunnel
            endpoints:
            - lb_endpoints:
              - endpoint: { address: { socket_address: { address: 127.0.0.1, port_value: %d } } }
          typed_extension_protocol_options:
            envoy.extensions.upstreams.http.v3.HttpProtocolOptions:
              "@type": type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions
              explicit_http_config: { http2_protocol_options: {} }
      """;

  @TempDir static Path directory;
  private static List<RunningProgram> servers;
  private static Remote remote;
  private static int goPort;
  private static int nghttpxPort;

  @BeforeAll
  static void start() throws IOException {
    servers = new ArrayList<>();
    remote = new Remote();
    String key = remote.server().keyFile().toString();
    String chain = remote.server().chainFile().toString();
    RunningProgram go =
        started("go-server", TrialProgram.GO_SERVER.command("-cert", chain, "-key", key))
            .awaitOutput("\n");
    goPort =
        Integer.parseInt(go.output().lines().findFirst().orElseThrow().substring("port ".length()));
    nghttpxPort = FreePort.find();
    started(
            "nghttpx",
            List.of(
                Program.NGHTTPX.require().toString(),
                "--conf=/dev/null",
                "--frontend=127.0.0.1," + nghttpxPort,
                "--backend=127.0.0.1," + goPort + ";;proto=h2;tls",
                "--insecure",
                key,
                chain))
        .awaitPort(nghttpxPort);
  }

  private static RunningProgram started(String name, List<String> command) throws IOException {
    RunningProgram program = RunningProgram.start(directory, name, command);
    servers.add(program);
    return program;
  }

  @AfterAll
  static void stop() throws IOException {
    Collections.reverse(servers);
    for (RunningProgram server : servers) {
      server.close();
    }
  }

  static Stream<RemoteKind> remotes() {
    return Stream.of(RemoteKind.values());
  }

  enum RemoteKind {
    GO("golang.org/x/net/http2"),
    NGHTTPX("nghttpx");

    private final String server;

    RemoteKind(String server) {
      this.server = server;
    }

    int port() {
      return this == GO ? goPort : nghttpxPort;
    }

    @Override
    public String toString() {
      return server;
    }
  }

  @ParameterizedTest(name = "1 the SETTINGS of {0} say NO_RFC7540_PRIORITIES")
  @MethodSource("remotes")
  void remoteSaysSo(RemoteKind server) throws Exception {
    String frames =
        run(Program.NGHTTP, "--verbose", "--null-out", "https://127.0.0.1:" + server.port());

    assertThat(frames).contains("SETTINGS_NO_RFC7540_PRIORITIES(0x09):1");
  }

  @ParameterizedTest(name = "1 every call of {0} through a tunnel to golang.org/x/net/http2")
  @EnumSource(names = {"GRPC_JS", "CONNECT_NODE", "TONIC", "GRPCLIB"})
  void everyCallSucceeds(TrialProgram client) throws Exception {
    try (TlsTunnel tunnel = remote.tunnelTo(goPort)) {
      for (int i = 0; i < CONNECTIONS; i++) {
        assertThat(CallOutcome.ofCalls(directory, client, tunnel.port(), 10, 10))
            .hasSize(100)
            .extracting(CallOutcome::code)
            .containsOnly("OK");
      }
    }
  }

  @ParameterizedTest(name = "1 every request of Node''s http2 through a tunnel to {0}")
  @MethodSource("remotes")
  void nodeIsServed(RemoteKind server) throws Exception {
    try (TlsTunnel tunnel = remote.tunnelTo(server.port())) {
      String output =
          RunningProgram.run(
              directory,
              "http2",
              TrialProgram.NODE_HTTP2.command(tunnel.port(), CONNECTIONS, 5),
              BOUND);

      assertThat(CallOutcome.parse(output))
          .hasSize(CONNECTIONS * 5)
          .extracting(CallOutcome::code)
          .containsOnly("OK");
    }
  }

  @ParameterizedTest(name = "1 every request of curl through a tunnel to {0}")
  @MethodSource("remotes")
  void curlIsServed(RemoteKind server) throws Exception {
    try (TlsTunnel tunnel = remote.tunnelTo(server.port())) {
      for (int i = 0; i < CONNECTIONS; i++) {
        assertThat(
                run(
                    Program.CURL,
                    "-sS",
                    "--noproxy",
                    "*",
                    "--http2-prior-knowledge",
                    uri(tunnel.port())))
            .isEqualTo(HELLO);
      }
    }
  }

  @ParameterizedTest(name = "1 every request of nghttp and h2load through a tunnel to {0}")
  @MethodSource("remotes")
  void nghttp2IsServed(RemoteKind server) throws Exception {
    try (TlsTunnel tunnel = remote.tunnelTo(server.port())) {
      for (int i = 0; i < CONNECTIONS; i++) {
        assertThat(run(Program.NGHTTP, uri(tunnel.port()))).isEqualTo(HELLO);
      }
      assertThat(
              H2loadReport.parse(run(Program.H2LOAD, "-n400", "-c20", "-m5", uri(tunnel.port()))))
          .isEqualTo(new H2loadReport(400, 400, 400L * HELLO.length()));
    }
  }

  @Test
  @DisplayName("1 nghttpx as the client of a tunnel to golang.org/x/net/http2")
  void nghttpxIsServed() throws Exception {
    int port = FreePort.find();
    try (TlsTunnel tunnel = remote.tunnelTo(goPort);
        RunningProgram nghttpx =
            RunningProgram.start(
                directory,
                "nghttpx-in-front",
                List.of(
                    Program.NGHTTPX.require().toString(),
                    "--conf=/dev/null",
                    "--frontend=127.0.0.1," + port + ";no-tls",
                    "--backend=127.0.0.1," + tunnel.port() + ";;proto=h2"))) {
      nghttpx.awaitPort(port);
      for (int i = 0; i < CONNECTIONS; i++) {
        assertThat(run(Program.CURL, "-sS", "--noproxy", "*", uri(port))).isEqualTo(HELLO);
      }
    }
  }

  @Test
  @DisplayName("1 Envoy as the client of a tunnel to golang.org/x/net/http2")
  void envoyIsServed() throws Exception {
    int port = FreePort.find();
    try (TlsTunnel tunnel = remote.tunnelTo(goPort)) {
      Path config = directory.resolve("envoy.yaml");
      Files.writeString(config, ENVOY.formatted(port, tunnel.port()));
      try (RunningProgram envoy =
          RunningProgram.start(
              directory,
              "envoy-in-front",
              TrialProgram.ENVOY.command(
                  "-c", config, "--concurrency", 1, "--disable-hot-restart", "-l", "error"))) {
        envoy.awaitPort(port);
        for (int i = 0; i < 10 * CONNECTIONS; i++) {
          assertThat(run(Program.CURL, "-sS", "--noproxy", "*", uri(port))).isEqualTo(HELLO);
        }
      }
      assertThat(tunnel.stats().connectionsAccepted()).isEqualTo(1);
    }
  }

  private static String uri(int port) {
    return "http://127.0.0.1:" + port + "/";
  }

  private static String run(Program program, String... arguments) throws Exception {
    List<String> command = new ArrayList<>(List.of(program.require().toString()));
    command.addAll(List.of(arguments));
    return RunningProgram.run(directory, program.name(), command, BOUND);
  }
}
