package io.tlstunnel.junit;

import static io.tlstunnel.junit.fault.Http2Code.CANCEL;
import static io.tlstunnel.junit.fault.Http2Code.ENHANCE_YOUR_CALM;
import static io.tlstunnel.junit.fault.Http2Code.INADEQUATE_SECURITY;
import static io.tlstunnel.junit.fault.Http2Code.INTERNAL_ERROR;
import static io.tlstunnel.junit.fault.Http2Code.NO_ERROR;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.tlstunnel.junit.fault.GrpcFault;
import io.tlstunnel.junit.fault.Http2Code;
import io.tlstunnel.junit.fault.Http2Fault;
import io.tlstunnel.junit.fault.Http2Fault.Goodbye;
import io.tlstunnel.junit.fault.Http2Fault.Moment;
import io.tlstunnel.junit.fault.TlsFault;
import io.tlstunnel.junit.fault.When;
import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What a grpc-java client sees when a fault strikes its call. */
final class CallFaultTest {
  private final TestCa ca = TestCa.create();
  private final GrpcBackend backend = GrpcBackend.builder(ca).service(new Echo()).start();
  private DirectChannel direct;

  @BeforeEach
  void open() throws IOException {
    direct = DirectChannel.to(backend, ca);
  }

  @AfterEach
  void close() {
    direct.close();
    backend.close();
  }

  @Test
  void statusIsAnsweredWithoutTheServiceAndTheNextCallIsServed() {
    InjectedFault fault =
        backend.inject(GrpcFault.status(8, "no room: 100 %", "CAgSB25vIHJvb20"), When.once());

    Status status = direct.status();
    assertThat(status.getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
    assertThat(status.getDescription()).isEqualTo("no room: 100 %");
    assertThat(direct.status().isOk()).isTrue();
    assertThat(fault.strikes()).isEqualTo(1);
  }

  @Test
  void delayHoldsTheResponseBack() {
    backend.inject(GrpcFault.delay(Duration.ofMillis(200)), When.path("/" + Echo.SAY));

    long start = System.nanoTime();
    assertThat(direct.say("late")).isEqualTo("late");
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThan(Duration.ofMillis(190));
  }

  @ParameterizedTest
  @EnumSource(Moment.class)
  void resetEndsTheCallAtAnyMoment(Moment moment) {
    backend.inject(Http2Fault.reset(INTERNAL_ERROR, moment), When.once());

    assertThat(direct.status().getCode()).isEqualTo(Status.Code.INTERNAL);
    assertThat(direct.say("again")).isEqualTo("again");
  }

  static List<Arguments> everyMomentWithEveryCode() {
    return Arrays.stream(Moment.values())
        .flatMap(moment -> Arrays.stream(Http2Code.values()).map(code -> arguments(moment, code)))
        .toList();
  }

  @ParameterizedTest
  @MethodSource("everyMomentWithEveryCode")
  void resetCarriesItsCodeAtAnyMoment(Moment moment, Http2Code code) {
    InjectedFault fault = backend.inject(Http2Fault.reset(code, moment), When.call(1));

    if (code == Http2Code.REFUSED_STREAM && moment == Moment.BEFORE_HEADERS) {
      assertThat(direct.status().isOk()).as("repeated by the client").isTrue();
    } else {
      Status status = direct.status();
      assertThat(status.isOk()).isFalse();
      assertThat(status.getDescription()).containsIgnoringCase(code.name());
    }
    assertThat(fault.strikes()).isEqualTo(1);
  }

  @Test
  void resetCodesReachTheClient() {
    backend.inject(Http2Fault.reset(CANCEL, Moment.AFTER_HEADERS), When.call(1));
    backend.inject(Http2Fault.reset(ENHANCE_YOUR_CALM, Moment.AFTER_HEADERS), When.call(2));
    backend.inject(Http2Fault.reset(INADEQUATE_SECURITY, Moment.AFTER_HEADERS), When.call(3));

    assertThat(direct.status().getCode()).isEqualTo(Status.Code.CANCELLED);
    assertThat(direct.status().getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
    assertThat(direct.status().getCode()).isEqualTo(Status.Code.PERMISSION_DENIED);
  }

  @Test
  void resetAfterDataLetsAllMessagesThrough() {
    backend.inject(Http2Fault.reset(INTERNAL_ERROR, Moment.AFTER_DATA));

    Iterator<byte[]> letters = Echo.spell(direct.channel(), "abc");
    AtomicInteger received = new AtomicInteger();
    assertThatThrownBy(() -> letters.forEachRemaining(letter -> received.incrementAndGet()))
        .isInstanceOf(StatusRuntimeException.class);
    assertThat(received).hasValue(3);
  }

  @Test
  void refusedStreamIsRetriedByTheClientAndServedOnce() {
    backend.inject(Http2Fault.refusedStream(), When.call(1));

    assertThat(direct.say("once")).isEqualTo("once");
    assertThat(backend.calls()).hasSize(2);
  }

  @Test
  void missingTrailersAreNoSuccess() {
    backend.inject(Http2Fault.missingTrailers());

    assertThat(direct.status().isOk()).isFalse();
  }

  @Test
  void oversizedHeadersAreRefusedByTheClient() {
    backend.inject(Http2Fault.oversizedHeaders(100_000), When.once());

    assertThat(direct.status().isOk()).isFalse();
    backend.inject(Http2Fault.oversizedHeaders(100), When.once());
    assertThat(direct.say("small")).isEqualTo("small");
  }

  @ParameterizedTest
  @EnumSource(
      value = Goodbye.class,
      names = {"ONE_STEP", "TWO_STEP", "REFUSING"})
  void gracefulGoAwayFailsNoCall(Goodbye goodbye) {
    backend.inject(Http2Fault.goAway(goodbye, NO_ERROR), When.call(2));

    for (int i = 0; i < 5; i++) {
      assertThat(direct.say("call " + i)).isEqualTo("call " + i);
    }
    assertThat(backend.connections()).hasSize(2);
    await()
        .atMost(Duration.ofSeconds(20))
        .untilAsserted(
            () ->
                assertThat(backend.connections().get(0).state())
                    .isEqualTo(RecordedConnection.State.CLOSED));
  }

  @Test
  void abruptGoAwayFailsTheCallWithItsCode() {
    backend.inject(Http2Fault.enhanceYourCalm(), When.call(1));

    assertThat(direct.status().getCode()).isNotEqualTo(Status.Code.OK);
    assertThat(direct.say("new connection")).isEqualTo("new connection");
  }

  @Test
  void manyCallsAfterManyResetsStillHaveRoomInTheWindow() {
    backend.inject(Http2Fault.reset(INTERNAL_ERROR, Moment.IN_DATA), When.share(0.5, 1));
    String kilobytes = "x".repeat(30_000);

    int failed = 0;
    for (int i = 0; i < 200; i++) {
      try {
        direct.say(kilobytes);
      } catch (StatusRuntimeException e) {
        failed++;
      }
    }
    assertThat(failed).isBetween(60, 140);
    backend.clearFaults();
    assertThat(direct.say(kilobytes)).hasSize(30_000);
  }

  @Test
  void faultsAreRemovedWhileCallsGoOn() {
    try (InjectedFault fault = backend.inject(GrpcFault.status(14, "down"))) {
      assertThat(direct.status().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
      assertThat(fault.strikes()).isEqualTo(1);
      assertThat(fault)
          .hasToString(
              "Status[code=14, message=down, details=] (always), has struck once: call 1 on connection"
                  + " 1");
    }
    assertThat(direct.say("up")).isEqualTo("up");
    assertThat(backend.toString()).contains("fault Status[code=14, message=down, details=]");
  }

  @Test
  void faultThatCanNeverStrikeIsRefused() {
    assertThatThrownBy(() -> backend.inject(TlsFault.EXPIRED, When.path("/a/B")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "EXPIRED strikes connections, 'path /a/B' is about calls (expected: always(), once(),"
                + " connection(n) or share(...))");
  }

  @Test
  void nonsenseIsRefusedWithAnExpectation() {
    assertThatThrownBy(() -> GrpcFault.status(17, "")).hasMessage("code: 17 (expected: 0-16)");
    assertThatThrownBy(() -> GrpcFault.delay(Duration.ofMillis(-1)))
        .hasMessage("delay: PT-0.001S (expected: 0 or more)");
    assertThatThrownBy(() -> Http2Fault.maxStreams(-1))
        .hasMessage("streams: -1 (expected: 0 or more)");
    assertThatThrownBy(() -> Http2Fault.oversizedHeaders(0))
        .hasMessage("bytes: 0 (expected: at least 1)");
    assertThatThrownBy(() -> Http2Fault.lateSettings(Duration.ofMillis(-1)))
        .hasMessage("delay: PT-0.001S (expected: 0 or more)");
    assertThatThrownBy(() -> When.call(0)).hasMessage("call: 0 (expected: 1 or more)");
    assertThatThrownBy(() -> When.connection(0)).hasMessage("connection: 0 (expected: 1 or more)");
    assertThatThrownBy(() -> When.share(1.5, 1)).hasMessage("share: 1.5 (expected: 0 to 1)");
    assertThatThrownBy(() -> When.path("a/B"))
        .hasMessage("path: a/B (expected: /package.Service/Method)");
    assertThatThrownBy(() -> When.always().atMost(0)).hasMessage("times: 0 (expected: 1 or more)");
  }
}
