package io.tlstunnel.tests.hostile;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Status;
import io.tlstunnel.junit.Backend;
import io.tlstunnel.junit.ConnectionScript;
import io.tlstunnel.junit.Frame;
import io.tlstunnel.junit.RecordedCall;
import io.tlstunnel.junit.ScriptedBackend;
import io.tlstunnel.junit.ScriptedConnection;
import io.tlstunnel.junit.TestRoute;
import io.tlstunnel.junit.fault.Http2Code;
import io.tlstunnel.tests.rig.NothingLeft;
import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The six cases of gRPC's negative HTTP/2 interop tests
 * (grpc/doc/negative-http2-interop-test-descriptions.md), with grpc-java as the client.
 */
@Tag("hostile")
@Timeout(120)
class NegativeInteropTest {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final Duration NO_HURRY = Duration.ofHours(1);

  /** What the calls take. */
  enum Way {
    DIRECT,
    TUNNEL;

    @Override
    public String toString() {
      return this == DIRECT ? "direct" : "through the tunnel";
    }
  }

  private final NothingLeft nothingLeft = new NothingLeft();
  private @Nullable TestRoute started;

  @AfterEach
  void closeRoute() {
    route().close();
    nothingLeft.verify();
  }

  @ParameterizedTest(name = "goaway: the second call takes another connection, {0}")
  @EnumSource
  void callAfterGoAwayTakesAnotherConnection(Way way) throws Exception {
    CompletableFuture<Void> goneAway = new CompletableFuture<>();
    try (Caller caller =
        start(
            way,
            connection -> {
              for (int i = 0; i < 2; i++) {
                int stream = connection.awaitCall(NO_HURRY).stream();
                connection.send(HostileRemote.response(stream));
                if (connection.number() == 1) {
                  connection.send(Frame.goAway(stream, Http2Code.NO_ERROR, ""), Frame.ping(1));
                  // The client has read it when it answers the PING, or goes away itself.
                  while (connection
                      .nextFrame(PATIENCE)
                      .filter(frame -> !frame.equals(pingAck(1)))
                      .isPresent()) {}
                  goneAway.complete(null);
                }
              }
            })) {
      assertThat(caller.call()).matches(Status::isOk);
      goneAway.get(30, TimeUnit.SECONDS);
      assertThat(caller.call()).matches(Status::isOk);
      assertThat(route().backend().calls())
          .extracting(RecordedCall::connection)
          .containsExactly(1, 2);
    }
  }

  static Stream<Arguments> resets() {
    return Arrays.stream(Way.values())
        .flatMap(
            way ->
                Stream.of(Http2Code.NO_ERROR, Http2Code.INTERNAL_ERROR)
                    .map(code -> Arguments.of(way, code)));
  }

  @ParameterizedTest(name = "rst_after_header: the call fails once, {0}, {1}")
  @MethodSource("resets")
  void resetAfterHeadersFailsTheCall(Way way, Http2Code code) throws Exception {
    failsOnce(
        way, stream -> new Frame[] {Frame.responseHeaders(stream), Frame.reset(stream, code)});
  }

  @ParameterizedTest(name = "rst_during_data: the call fails once, {0}, {1}")
  @MethodSource("resets")
  void resetWithinAMessageFailsTheCall(Way way, Http2Code code) throws Exception {
    byte[] half = Arrays.copyOf(Frame.message(1, HostileRemote.RESPONSE).payload(), 8);
    failsOnce(
        way,
        stream ->
            new Frame[] {
              Frame.responseHeaders(stream),
              Frame.data(stream, half, false),
              Frame.reset(stream, code)
            });
  }

  @ParameterizedTest(name = "rst_after_data: the call fails once, {0}, {1}")
  @MethodSource("resets")
  void resetAfterAWholeMessageFailsTheCall(Way way, Http2Code code) throws Exception {
    failsOnce(
        way,
        stream ->
            new Frame[] {
              Frame.responseHeaders(stream),
              Frame.message(stream, HostileRemote.RESPONSE),
              Frame.reset(stream, code)
            });
  }

  @ParameterizedTest(name = "ping: each PING within a response is answered, {0}")
  @EnumSource
  void pingsAreAnswered(Way way) throws Exception {
    CompletableFuture<List<Frame>> answers = new CompletableFuture<>();
    try (Caller caller =
        start(
            way,
            connection -> {
              int stream = connection.awaitCall(NO_HURRY).stream();
              Frame[] response = HostileRemote.response(stream);
              connection.send(
                  Frame.ping(1), response[0], Frame.ping(2), response[1], Frame.ping(3));
              Frame[] acknowledged = new Frame[3];
              for (int i = 0; i < acknowledged.length; i++) {
                acknowledged[i] = awaitPingAck(connection);
              }
              connection.send(response[2]);
              answers.complete(List.of(acknowledged));
            })) {
      assertThat(caller.call()).matches(Status::isOk);
      assertThat(answers.get(30, TimeUnit.SECONDS))
          .containsExactly(pingAck(1), pingAck(2), pingAck(3));
    }
  }

  @ParameterizedTest(name = "max_streams: ten calls wait for one stream, and all succeed, {0}")
  @EnumSource
  void callsWaitForTheOneStreamThatTheRemoteAllows(Way way) throws Exception {
    CompletableFuture<Integer> mostAtOnce = new CompletableFuture<>();
    try (Caller caller =
        start(
            way,
            connection -> {
              connection.send(Frame.settings(Frame.SETTINGS_MAX_CONCURRENT_STREAMS, 1));
              int most = 0;
              for (int answered = 0; answered < 11; answered++) {
                int stream = connection.awaitCall(NO_HURRY).stream();
                // What the client has sent before it answers this is there when the answer is.
                connection.send(Frame.ping(answered));
                awaitPingAck(connection);
                most = Math.max(most, route().backend().calls().size() - answered);
                connection.send(HostileRemote.response(stream));
              }
              mostAtOnce.complete(most);
            })) {
      assertThat(caller.call()).matches(Status::isOk);
      List<CompletableFuture<Status>> calls =
          IntStream.range(0, 10)
              .mapToObj(i -> CompletableFuture.supplyAsync(caller::call))
              .toList();
      for (CompletableFuture<Status> call : calls) {
        assertThat(call.get(60, TimeUnit.SECONDS)).matches(Status::isOk);
      }
      assertThat(mostAtOnce.get(30, TimeUnit.SECONDS)).isEqualTo(1);
      assertThat(route().backend().calls()).extracting(RecordedCall::connection).containsOnly(1);
    }
  }

  /** A call that is not a success, reaches the remote once, and leaves the connection as it was. */
  private void failsOnce(Way way, HostileCase.Frames frames) throws Exception {
    try (Caller caller =
        start(
            way,
            connection -> {
              connection.send(frames.on(connection.awaitCall(NO_HURRY).stream()));
              connection.send(HostileRemote.response(connection.awaitCall(NO_HURRY).stream()));
            })) {
      assertThat(caller.call().getCode())
          .isIn(Status.Code.UNAVAILABLE, Status.Code.INTERNAL, Status.Code.UNKNOWN);
      assertThat(route().backend().calls()).hasSize(1);
      assertThat(caller.call()).matches(Status::isOk);
      assertThat(route().backend().calls()).extracting(RecordedCall::connection).containsOnly(1);
    }
  }

  private Caller start(Way way, ConnectionScript script) throws IOException {
    started =
        TestRoute.builder()
            .backend(ca -> ScriptedBackend.builder(ca).script(script).start())
            .start();
    Backend backend = route().backend();
    return way == Way.TUNNEL
        ? Caller.through(route().target())
        : Caller.direct(backend, route().ca(), route().clientCert());
  }

  private TestRoute route() {
    return Objects.requireNonNull(started);
  }

  private static Frame awaitPingAck(ScriptedConnection connection) throws InterruptedException {
    return connection.awaitFrame(
        frame -> frame.type() == Frame.PING && frame.has(Frame.ACK), PATIENCE);
  }

  private static Frame pingAck(long opaque) {
    return Frame.pingAck(Frame.ping(opaque).payload());
  }
}
