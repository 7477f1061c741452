package io.tlstunnel.junit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grpc.Status;
import io.tlstunnel.junit.fault.GrpcFault;
import io.tlstunnel.junit.fault.Http2Code;
import io.tlstunnel.junit.fault.NetworkFault;
import io.tlstunnel.junit.fault.TlsFault;
import io.tlstunnel.junit.fault.When;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

final class ScriptedBackendTest {
  private static final Duration SECONDS = Duration.ofSeconds(20);

  private final TestCa ca = TestCa.create();

  @Test
  void scriptAnswersWithFramesOfItsOwn() throws Exception {
    try (ScriptedBackend backend = backend(ScriptedBackendTest::answer);
        DirectChannel direct = DirectChannel.to(backend, ca)) {
      assertThat(direct.say("x")).isEqualTo("scripted");
      RecordedCall call = backend.takeCall(SECONDS);
      assertThat(call.path()).isEqualTo("/echo.Echo/Say");
      assertThat(call.sni()).isEqualTo("backend.test");
      assertThat(call.clientPrincipal()).isEqualTo("CN=direct");
      assertThat(call.connection()).isEqualTo(1);
    }
  }

  @Test
  void wholeRouteMayEndAtAScript() {
    try (TestRoute route = TestRoute.builder().backend(ca -> backend(ca, 1)).start()) {
      assertThat(Echo.say(route.channel(), "x")).isEqualTo("scripted");
    }
  }

  @Test
  void callWithoutAScriptGetsAReadableAnswer() throws Exception {
    try (ScriptedBackend backend = backend(connection -> {});
        DirectChannel direct = DirectChannel.to(backend, ca)) {
      Status status = direct.status();
      assertThat(status.getCode()).isEqualTo(Status.Code.UNIMPLEMENTED);
      assertThat(status.getDescription())
          .isEqualTo(
              "ScriptedBackend has no script for call /echo.Echo/Say on connection 1: extend"
                  + " script(...)");
    }
  }

  @Test
  void framesOfTheClientAreSeenAndItsCloseToo() throws Exception {
    CompletableFuture<Boolean> closed = new CompletableFuture<>();
    try (ScriptedBackend backend =
        backend(
            connection -> {
              assertThat(connection.awaitFrame(SECONDS).type()).isEqualTo(Frame.SETTINGS);
              RecordedCall call = connection.awaitCall(SECONDS);
              Frame data = connection.awaitFrame(frame -> frame.type() == Frame.DATA, SECONDS);
              assertThat(data.stream()).isEqualTo(call.stream());
              connection.send(Frame.reset(call.stream(), Http2Code.INTERNAL_ERROR));
              closed.complete(connection.awaitClose(SECONDS));
            })) {
      try (DirectChannel direct = DirectChannel.to(backend, ca)) {
        assertThat(direct.status().getCode()).isEqualTo(Status.Code.INTERNAL);
      }
      assertThat(closed.get(20, TimeUnit.SECONDS)).isTrue();
    }
  }

  @Test
  void scriptWithoutMannersDoesEverythingItself() throws Exception {
    ScriptedBackendBuilder builder =
        ScriptedBackend.builder(ca)
            .withoutManners()
            .script(
                connection -> {
                  connection.send(Frame.settings(Frame.SETTINGS_MAX_CONCURRENT_STREAMS, 7));
                  connection.send(Frame.settingsAck());
                  answer(connection);
                });
    try (ScriptedBackend backend = builder.start();
        DirectChannel direct = DirectChannel.to(backend, ca)) {
      assertThat(direct.say("x")).isEqualTo("scripted");
    }
  }

  @Test
  void connectionMayEndInThreeWays() throws Exception {
    for (ConnectionScript ending :
        new ConnectionScript[] {
          ScriptedConnection::close, ScriptedConnection::cut, ScriptedConnection::reset
        }) {
      try (ScriptedBackend backend =
              backend(
                  connection -> {
                    connection.awaitCall(SECONDS);
                    ending.run(connection);
                  });
          DirectChannel direct = DirectChannel.to(backend, ca)) {
        assertThat(direct.status().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
      }
    }
  }

  @Test
  void failedScriptIsPartOfTheReport() throws Exception {
    ConnectionScript failing =
        connection -> {
          throw new IllegalStateException("on purpose");
        };
    try (ScriptedBackend backend = backend(failing);
        DirectChannel direct = DirectChannel.to(backend, ca)) {
      assertThat(direct.status().getCode()).isEqualTo(Status.Code.UNIMPLEMENTED);
      assertThat(backend.toString())
          .contains("script of connection 1 failed: java.lang.IllegalStateException: on purpose");
    }
  }

  @Test
  void waitingForWhatNeverComesNamesTheConnection() throws Exception {
    CompletableFuture<Throwable> failure = new CompletableFuture<>();
    ConnectionScript waiting =
        connection -> {
          try {
            connection.awaitFrame(frame -> frame.type() == 99, Duration.ofMillis(50));
          } catch (AssertionError e) {
            failure.complete(e);
          }
        };
    try (ScriptedBackend backend = backend(waiting);
        DirectChannel direct = DirectChannel.to(backend, ca)) {
      direct.status();
      assertThat(failure.get(20, TimeUnit.SECONDS))
          .hasMessageStartingWith("connection 1: no fitting frame within 50 ms");
    }
  }

  @Test
  void framesOfAConnectionEndWithIt() throws Exception {
    CompletableFuture<Integer> seen = new CompletableFuture<>();
    ConnectionScript counting =
        connection -> {
          connection.awaitCall(SECONDS);
          int frames = 0;
          connection.send(Frame.ping(1), new Frame(Frame.PING, 0, 1, new byte[8]));
          while (connection.nextFrame(SECONDS).isPresent()) {
            frames++;
          }
          assertThatThrownBy(() -> connection.awaitFrame(Duration.ofDays(1)))
              .hasMessageEndingWith("; the client has closed it");
          seen.complete(frames);
        };
    try (ScriptedBackend backend = backend(counting);
        DirectChannel direct = DirectChannel.to(backend, ca)) {
      assertThat(direct.status().isOk()).isFalse();
      assertThat(seen.get(20, TimeUnit.SECONDS)).isGreaterThan(3);
    }
  }

  @Test
  void tlsAndNetworkFaultsStrikeScriptsToo() throws Exception {
    try (ScriptedBackend backend = backend(ScriptedBackendTest::answer)) {
      backend.inject(TlsFault.EXPIRED, When.connection(1));
      backend.inject(NetworkFault.delay(Duration.ofMillis(20)), When.connection(2));
      try (DirectChannel direct = DirectChannel.to(backend, ca)) {
        assertThat(direct.status().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
      }
      backend.clearFaults();
      try (DirectChannel direct = DirectChannel.to(backend, ca)) {
        assertThat(direct.say("x")).isEqualTo("scripted");
      }
    }
  }

  @Test
  void faultThatAScriptHasToDoItselfIsRefused() {
    try (ScriptedBackend backend = backend(connection -> {})) {
      assertThatThrownBy(() -> backend.inject(GrpcFault.status(14, "")))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage(
              "Status[code=14, message=, details=] cannot happen at a ScriptedBackend, which sends"
                  + " what its script says (expected: a TlsFault, a NetworkFault, or frames in the"
                  + " script)");
      assertThatThrownBy(() -> ScriptedBackend.builder(ca).port(backend.port()).start())
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("is it in use?");
    }
  }

  @Test
  void framesAreWrittenAsTheStandardHasThem() {
    assertThat(Frame.goAway(5, Http2Code.ENHANCE_YOUR_CALM, "hi").encode())
        .containsExactly(0, 0, 10, 7, 0, 0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 11, 'h', 'i');
    assertThat(Frame.windowUpdate(3, 1).encode())
        .containsExactly(0, 0, 4, 8, 0, 0, 0, 0, 3, 0, 0, 0, 1);
    assertThat(Frame.settings(Frame.SETTINGS_INITIAL_WINDOW_SIZE, 65_535).encode())
        .containsExactly(0, 0, 6, 4, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0xff, 0xff);
    assertThat(Frame.headers(1, true, "a", "b").encode())
        .containsExactly(0, 0, 5, 1, 5, 0, 0, 0, 1, 0, 1, 'a', 1, 'b');
    assertThat(Frame.message(1, new byte[] {9}).payload()).containsExactly(0, 0, 0, 0, 1, 9);
    assertThat(Frame.ping(1)).isEqualTo(Frame.ping(1)).hasSameHashCodeAs(Frame.ping(1));
    assertThat(Frame.ping(1)).isNotEqualTo(Frame.ping(2)).isNotEqualTo("ping");
    assertThat(Frame.settingsAck()).hasToString("Frame[type 4, flags 0x01, stream 0, 0 bytes]");
    assertThat(Frame.goAway(5, Http2Code.ENHANCE_YOUR_CALM, "hi").errorCode())
        .isEqualTo(Http2Code.ENHANCE_YOUR_CALM);
    assertThat(new Frame(Frame.RST_STREAM, 0, 1, new byte[] {0, 0, 1, 0}).errorCode())
        .isEqualTo(Http2Code.INTERNAL_ERROR);
    assertThatThrownBy(() -> Frame.ping(1).errorCode())
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("Frame[type 6, flags 0x00, stream 0, 8 bytes] has no error code");
    assertThatThrownBy(() -> Frame.headers(1, true, "a"))
        .hasMessage("headers: 1 texts (expected: names and values in turns)");
  }

  private ScriptedBackend backend(ConnectionScript script) {
    return ScriptedBackend.builder(ca).script(script).start();
  }

  private static ScriptedBackend backend(TestCa ca, int calls) {
    return ScriptedBackend.builder(ca)
        .script(
            connection -> {
              for (int i = 0; i < calls; i++) {
                answer(connection);
              }
            })
        .start();
  }

  private static void answer(ScriptedConnection connection) throws InterruptedException {
    int stream = connection.awaitCall(SECONDS).stream();
    connection.send(
        Frame.responseHeaders(stream),
        Frame.message(stream, "scripted".getBytes(StandardCharsets.UTF_8)),
        Frame.trailers(stream, 0, ""));
  }
}
