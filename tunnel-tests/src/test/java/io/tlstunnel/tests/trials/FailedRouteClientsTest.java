package io.tlstunnel.tests.trials;

import static java.util.function.Function.identity;
import static java.util.stream.Collectors.counting;
import static java.util.stream.Collectors.groupingBy;
import static org.assertj.core.api.Assertions.assertThat;

import io.tlstunnel.Limits;
import io.tlstunnel.TlsTunnel;
import io.tlstunnel.junit.Frame;
import io.tlstunnel.junit.RecordedCall;
import io.tlstunnel.junit.ScriptedBackend;
import io.tlstunnel.tests.rig.Figures;
import io.tlstunnel.tests.rig.Remote;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Clients of which most do not repeat a call that a GOAWAY excludes. What they send before they
 * have seen the tunnel's must be answered like the calls before: UNAVAILABLE, and the one sentence.
 */
@Tag("trials")
class FailedRouteClientsTest {
  private static final Figures FIGURES = new Figures("trials");
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  /**
   * What clients make of calls of their own that wait to be sent when a GOAWAY is read: hyper,
   * under tonic, cancels them, and libnghttp2, under Node.js, refuses them. No server can help
   * that.
   */
  private static final Set<String> NEVER_SENT =
      Set.of(
          "operation was canceled",
          "transport error",
          "Stream closed with error code NGHTTP2_REFUSED_STREAM");

  @TempDir private Path directory;
  private final Remote remote = new Remote();

  @ParameterizedTest(name = "3 {0}: the remote refuses connections, one call after the other")
  @EnumSource(names = {"GRPC_JS", "CONNECT_NODE", "TONIC"})
  void oneCallerIsToldThatTheRemoteIsDown(TrialProgram client) throws Exception {
    // Each call comes when the connection of the one before is just ending.
    everyCallIsToldThatTheRemoteIsDown(client, 1, 100, 67);
  }

  @ParameterizedTest(name = "3 {0}: the remote refuses connections, fifty callers")
  @EnumSource(names = {"GRPC_JS", "CONNECT_NODE", "TONIC"})
  void fiftyCallersAreToldThatTheRemoteIsDown(TrialProgram client) throws Exception {
    everyCallIsToldThatTheRemoteIsDown(client, 50, 20, 300);
  }

  private void everyCallIsToldThatTheRemoteIsDown(
      TrialProgram client, int callers, int calls, int least) throws Exception {
    try (Socket closed = new Socket()) {
      // A port of ours on which nobody listens.
      closed.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      try (TlsTunnel tunnel = remote.tunnelTo(closed.getLocalPort())) {
        allAreTold(
            "TCP connect to 127.0.0.1:" + closed.getLocalPort() + " failed: connection refused",
            least,
            calls(client, tunnel, "refused", callers, calls));
      }
    }
  }

  @ParameterizedTest(name = "3 {0}: the tunnel has no room for the connection")
  @EnumSource(names = {"GRPC_JS", "CONNECT_NODE", "TONIC"})
  void everyCallIsToldThatThereIsNoRoom(TrialProgram client) throws Exception {
    try (TlsTunnel tunnel =
            remote.describeTunnelTo(1).limits(Limits.defaults().maxConnections(1)).start();
        Socket first = new Socket(InetAddress.getLoopbackAddress(), tunnel.port())) {
      assertThat(first.isConnected()).isTrue();

      allAreTold("the tunnel has its 1 connections", 30, calls(client, tunnel, "no-room", 10, 10));
    }
  }

  @ParameterizedTest(name = "3 {0}: the remote is lost again and again")
  @EnumSource(names = {"GRPC_JS", "CONNECT_NODE", "TONIC"})
  void everyCallThatFailsIsToldThatTheRemoteIsLost(TrialProgram client) throws Exception {
    try (ScriptedBackend backend =
            ScriptedBackend.builder(remote.ca())
                .serverName(Remote.NAME)
                .script(
                    connection -> {
                      for (int i = 0; i < 5; i++) {
                        RecordedCall call = connection.awaitCall(PATIENCE);
                        connection.send(
                            Frame.responseHeaders(call.stream()),
                            Frame.message(call.stream(), new byte[0]),
                            Frame.trailers(call.stream(), 0, ""));
                      }
                      connection.awaitCall(PATIENCE);
                      switch (connection.number() % 3) {
                        case 0 -> connection.close();
                        case 1 -> connection.reset();
                        default -> connection.cut();
                      }
                    })
                .start();
        TlsTunnel tunnel = remote.tunnelTo(backend.port())) {
      List<CallOutcome> calls = calls(client, tunnel, "lost", 20, 20);

      assertThat(calls).extracting(CallOutcome::code).contains("OK");
      allAreTold(
          "connection to 127.0.0.1:" + backend.port() + " failed: ",
          1,
          calls.stream().filter(call -> !call.code().equals("OK")).toList());
    }
  }

  private List<CallOutcome> calls(
      TrialProgram client, TlsTunnel tunnel, String situation, int callers, int calls)
      throws Exception {
    List<CallOutcome> outcomes =
        CallOutcome.ofCalls(directory, client, tunnel.port(), callers, calls);
    assertThat(outcomes).hasSize(callers * calls);
    Map<String, Long> codes =
        outcomes.stream()
            .map(CallOutcome::code)
            .collect(groupingBy(identity(), TreeMap::new, counting()));
    codes.forEach(
        (code, count) ->
            FIGURES.row(
                3, "%s-%s-%d-%s".formatted(client, situation, callers, code), count, "calls"));
    return outcomes;
  }

  private static void allAreTold(String beginning, int least, List<CallOutcome> calls) {
    List<CallOutcome> sent =
        calls.stream().filter(call -> !NEVER_SENT.contains(call.message())).toList();
    assertThat(sent)
        .hasSizeGreaterThanOrEqualTo(least)
        .allSatisfy(
            call -> {
              assertThat(call.code()).as(call.toString()).isEqualTo("UNAVAILABLE");
              assertThat(call.message()).startsWith(beginning);
            });
  }
}
