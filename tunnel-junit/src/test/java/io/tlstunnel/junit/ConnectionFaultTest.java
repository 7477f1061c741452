package io.tlstunnel.junit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.grpc.CallOptions;
import io.grpc.ConnectivityState;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ClientCalls;
import io.tlstunnel.junit.fault.GrpcFault;
import io.tlstunnel.junit.fault.Http2Fault;
import io.tlstunnel.junit.fault.TlsFault;
import io.tlstunnel.junit.fault.When;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a grpc-java client sees when a fault strikes its connection. */
final class ConnectionFaultTest {
  private static final Duration SECONDS = Duration.ofSeconds(20);

  private final TestCa ca = TestCa.create();
  private final GrpcBackend backend = GrpcBackend.builder(ca).service(new Echo()).start();

  @AfterEach
  void close() {
    backend.close();
  }

  @ParameterizedTest
  @EnumSource(value = TlsFault.class, mode = EnumSource.Mode.EXCLUDE, names = "HANDSHAKE_STALL")
  void tlsFaultRefusesTheConnectionAndTheNextIsServed(TlsFault fault) throws Exception {
    backend.inject(fault, When.connection(1));
    try (DirectChannel direct = DirectChannel.to(backend, ca)) {
      Status status = direct.status();
      assertThat(status.getCode()).as("%s", status).isEqualTo(Status.Code.UNAVAILABLE);
    }
    assertThat(backend.calls()).isEmpty();
    try (DirectChannel direct = DirectChannel.to(backend, ca)) {
      assertThat(direct.say("served")).isEqualTo("served");
    }
  }

  @Test
  void stalledHandshakeNeverAnswers() throws Exception {
    backend.inject(TlsFault.HANDSHAKE_STALL);
    try (DirectChannel direct = DirectChannel.to(backend, ca)) {
      assertThat(statusWithin(direct, 300).getCode()).isEqualTo(Status.Code.DEADLINE_EXCEEDED);
    }
    // A slow client's call may have been over before its connection was there.
    await().atMost(SECONDS).until(() -> !backend.connections().isEmpty());
    assertThat(backend.connections().get(0).state())
        .isIn(RecordedConnection.State.ACCEPTED, RecordedConnection.State.CLOSED);
  }

  @Test
  void rotatedCertificateIsShownFromTheNextConnectionOn() throws Exception {
    TestCa next = TestCa.create("CN=Next CA");
    backend.present(next.server("backend.test"));
    try (DirectChannel direct = DirectChannel.to(backend, ca)) {
      assertThat(direct.status().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
    }
    backend.present(ca.server("backend.test"));
    try (DirectChannel direct = DirectChannel.to(backend, ca)) {
      assertThat(direct.say("x")).isEqualTo("x");
    }
  }

  @Test
  void maxStreamsMakesCallsWaitForEachOther() throws Exception {
    backend.inject(Http2Fault.maxStreams(1));
    backend.inject(GrpcFault.delay(Duration.ofMillis(50)));
    try (DirectChannel direct = DirectChannel.to(backend, ca)) {
      direct.say("settings are here");
      long start = System.nanoTime();
      List<CompletableFuture<String>> calls =
          IntStream.range(0, 5)
              .mapToObj(i -> CompletableFuture.supplyAsync(() -> direct.say("call")))
              .toList();
      for (CompletableFuture<String> call : calls) {
        assertThat(call.get(20, TimeUnit.SECONDS)).isEqualTo("call");
      }
      assertThat(Duration.ofNanos(System.nanoTime() - start))
          .isGreaterThan(Duration.ofMillis(5 * 50 - 10));
    }
  }

  @Test
  void noStreamsAtAllMakesCallsWaitUntilTheirDeadline() throws Exception {
    backend.inject(Http2Fault.maxStreams(0));
    try (DirectChannel direct = DirectChannel.to(backend, ca)) {
      assertThat(statusWithin(direct, 300).getCode()).isEqualTo(Status.Code.DEADLINE_EXCEEDED);
    }
  }

  @Test
  void stalledWindowTakesNoBody() throws Exception {
    backend.inject(Http2Fault.stalledWindow(), When.connection(1));
    try (DirectChannel direct = DirectChannel.to(backend, ca)) {
      // Or a slow client's time is up before its headers have left.
      await()
          .atMost(SECONDS)
          .until(() -> direct.channel().getState(true) == ConnectivityState.READY);
      assertThat(statusWithin(direct, 1_500).getCode()).isEqualTo(Status.Code.DEADLINE_EXCEEDED);
    }
    assertThat(backend.calls()).hasSize(1);
  }

  @Test
  void lateSettingsDelayTheFirstCall() throws Exception {
    backend.inject(Http2Fault.lateSettings(Duration.ofMillis(300)));
    try (DirectChannel direct = DirectChannel.to(backend, ca)) {
      long start = System.nanoTime();
      assertThat(direct.say("late")).isEqualTo("late");
      assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThan(Duration.ofMillis(250));
    }
  }

  private static Status statusWithin(DirectChannel direct, int millis) throws IOException {
    try {
      ClientCalls.blockingUnaryCall(
          direct.channel(),
          ByteMethods.unary(Echo.SAY),
          CallOptions.DEFAULT.withDeadlineAfter(millis, TimeUnit.MILLISECONDS),
          new byte[100_000]);
      return Status.OK;
    } catch (StatusRuntimeException e) {
      return e.getStatus();
    }
  }
}
