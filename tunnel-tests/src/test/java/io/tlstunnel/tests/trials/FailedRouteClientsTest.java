package io.tlstunnel.tests.trials;

import static java.util.function.Function.identity;
import static java.util.stream.Collectors.counting;
import static java.util.stream.Collectors.groupingBy;
import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.MethodDescriptor;
import io.grpc.ServerServiceDefinition;
import io.grpc.stub.ServerCalls;
import io.tlstunnel.Limits;
import io.tlstunnel.TlsTunnel;
import io.tlstunnel.junit.ByteMethods;
import io.tlstunnel.junit.Frame;
import io.tlstunnel.junit.GrpcBackend;
import io.tlstunnel.junit.RecordedCall;
import io.tlstunnel.junit.ScriptedBackend;
import io.tlstunnel.junit.TestCa;
import io.tlstunnel.junit.TestCert;
import io.tlstunnel.tests.rig.Figures;
import io.tlstunnel.tests.rig.Remote;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Clients of which most do not repeat a call that a GOAWAY excludes. A route that fails costs them
 * nothing but the answer: UNAVAILABLE, and the one sentence. Where a connection does end, what they
 * send before they have seen the tunnel's GOAWAY must be answered like the calls before.
 */
@Tag("trials")
class FailedRouteClientsTest {
  private static final Figures FIGURES = new Figures("trials");
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  /**
   * What clients make of calls of their own that wait to be sent when a GOAWAY is read: hyper,
   * under tonic, cancels them, and libnghttp2, under Node.js, refuses them. (Python's grpclib gives
   * up all that is under way.) No server can help that.
   */
  private static final Set<String> NEVER_SENT =
      Set.of(
          "operation was canceled",
          "transport error",
          "Stream closed with error code NGHTTP2_REFUSED_STREAM");

  @TempDir private Path directory;
  private final Remote remote = new Remote();

  @ParameterizedTest(name = "3 {0}: the remote refuses connections, one call after the other")
  @EnumSource(names = {"GRPC_JS", "CONNECT_NODE", "TONIC", "GRPCLIB"})
  void oneCallerIsToldThatTheRemoteIsDown(TrialProgram client) throws Exception {
    everyCallIsToldThatTheRemoteIsDown(client, 1, 100);
  }

  @ParameterizedTest(name = "3 {0}: the remote refuses connections, fifty callers")
  @EnumSource(names = {"GRPC_JS", "CONNECT_NODE", "TONIC", "GRPCLIB"})
  void fiftyCallersAreToldThatTheRemoteIsDown(TrialProgram client) throws Exception {
    everyCallIsToldThatTheRemoteIsDown(client, 50, 20);
  }

  private void everyCallIsToldThatTheRemoteIsDown(TrialProgram client, int callers, int calls)
      throws Exception {
    try (Socket closed = new Socket()) {
      // A port of ours on which nobody listens.
      closed.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      try (TlsTunnel tunnel = remote.tunnelTo(closed.getLocalPort())) {
        everyCallIsTold(
            "TCP connect to 127.0.0.1:" + closed.getLocalPort() + " failed: connection refused",
            tunnel,
            calls(client, tunnel, "refused", callers, calls));
      }
    }
  }

  @ParameterizedTest(name = "3 {0}: the remote's certificate is not trusted")
  @EnumSource(names = {"GRPC_JS", "CONNECT_NODE", "TONIC", "GRPCLIB"})
  void everyCallIsToldOfTheCertificate(TrialProgram client) throws Exception {
    try (GrpcBackend backend = echo(TestCa.create());
        TlsTunnel tunnel = remote.tunnelTo(backend.port())) {
      everyCallIsTold(
          "TLS handshake with 127.0.0.1:" + backend.port() + " failed: ",
          tunnel,
          calls(client, tunnel, "untrusted", 20, 10));
    }
  }

  /** In TLS 1.3 the refusal comes behind the handshake, when the requests have left. */
  @ParameterizedTest(name = "3 {0}: the remote refuses our certificate")
  @EnumSource(names = {"GRPC_JS", "CONNECT_NODE", "TONIC", "GRPCLIB"})
  void everyCallIsToldThatOurCertificateIsRefused(TrialProgram client) throws Exception {
    TestCert stranger = TestCa.create().client("stranger");
    try (GrpcBackend backend = echo(remote.ca());
        TlsTunnel tunnel =
            TlsTunnel.builder()
                .upstream("127.0.0.1", backend.port())
                .sni(Remote.NAME)
                .trust(remote.ca().pemFile())
                .tlsVersions("TLSv1.3")
                .clientCert(stranger.chainFile(), stranger.keyFile())
                .start()) {
      everyCallIsTold(
          "TLS handshake with 127.0.0.1:" + backend.port() + " failed: ",
          tunnel,
          calls(client, tunnel, "refused-certificate", 20, 10));
    }
  }

  @ParameterizedTest(
      name = "3 {0}: the route stands at the fourth attempt, for the same connection")
  @EnumSource(names = {"GRPC_JS", "CONNECT_NODE", "TONIC", "GRPCLIB"})
  void clientIsServedOnItsFirstConnection(TrialProgram client) throws Exception {
    AtomicInteger lookups = new AtomicInteger();
    InetAddress loopback = InetAddress.getLoopbackAddress();
    TestCert own = remote.ca().client("observer");
    try (GrpcBackend backend = echo(remote.ca());
        TlsTunnel tunnel =
            TlsTunnel.builder()
                .upstream(Remote.NAME, backend.port())
                .trust(remote.ca().pemFile())
                .clientCert(own.chainFile(), own.keyFile())
                .resolver(
                    name -> {
                      if (lookups.incrementAndGet() <= 3) {
                        throw new UnknownHostException(name);
                      }
                      return List.of(loopback);
                    })
                .start()) {
      List<CallOutcome> calls = calls(client, tunnel, "at-last", 20, 100);
      assertThat(calls).extracting(CallOutcome::code).contains("OK");
      everyCallIsTold(
          "name resolution of remote.test:" + backend.port() + " failed: ",
          tunnel,
          calls.stream().filter(call -> !call.code().equals("OK")).toList());
      assertThat(tunnel.stats().routesFailed()).isEqualTo(3);
      assertThat(calls.get(calls.size() - 1).code()).isEqualTo("OK");
    }
  }

  private static GrpcBackend echo(TestCa ca) {
    MethodDescriptor<byte[], byte[]> method = ByteMethods.unary("trials.Echo/Call");
    return GrpcBackend.builder(ca)
        .serverName(Remote.NAME)
        .service(
            ServerServiceDefinition.builder("trials.Echo")
                .addMethod(
                    method,
                    ServerCalls.asyncUnaryCall(
                        (request, response) -> {
                          response.onNext(request);
                          response.onCompleted();
                        }))
                .build())
        .start();
  }

  /** No call is lost, and the client keeps its one connection. */
  private static void everyCallIsTold(String beginning, TlsTunnel tunnel, List<CallOutcome> calls) {
    assertThat(calls)
        .isNotEmpty()
        .allSatisfy(
            call -> {
              assertThat(call.code()).as(call.toString()).isEqualTo("UNAVAILABLE");
              assertThat(call.message()).startsWith(beginning);
            });
    assertThat(tunnel.stats().connectionsAccepted()).isEqualTo(1);
  }

  @ParameterizedTest(name = "3 {0}: the tunnel has no room for the connection")
  @EnumSource(names = {"GRPC_JS", "CONNECT_NODE", "TONIC", "GRPCLIB"})
  void everyCallIsToldThatThereIsNoRoom(TrialProgram client) throws Exception {
    try (TlsTunnel tunnel =
            remote.describeTunnelTo(1).limits(Limits.defaults().maxConnections(1)).start();
        Socket first = new Socket(InetAddress.getLoopbackAddress(), tunnel.port())) {
      assertThat(first.isConnected()).isTrue();

      allAreTold(
          "the tunnel has its 1 connections.*", 30, calls(client, tunnel, "no-room", 10, 10));
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
      // Or the reset came ahead of the remote's first frame, which TCP then throws away.
      String remoteIs = " 127.0.0.1:" + backend.port() + " failed: ";
      allAreTold(
          "(connection to|HTTP/2 SETTINGS from)" + remoteIs + ".*",
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

  private static void allAreTold(String pattern, int least, List<CallOutcome> calls) {
    List<CallOutcome> sent =
        calls.stream().filter(call -> !NEVER_SENT.contains(call.message())).toList();
    assertThat(sent)
        .hasSizeGreaterThanOrEqualTo(least)
        .allSatisfy(
            call -> {
              assertThat(call.code()).as(call.toString()).isEqualTo("UNAVAILABLE");
              assertThat(call.message()).matches(pattern);
            });
  }
}
