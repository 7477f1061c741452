package io.tlstunnel.tests.faults;

import static io.tlstunnel.tests.faults.FaultRig.FIGURES;
import static io.tlstunnel.tests.faults.FaultRig.echo;
import static io.tlstunnel.tests.faults.FaultRig.recovers;
import static io.tlstunnel.tests.faults.FaultRig.timesSeen;
import static io.tlstunnel.tests.faults.Methods.SLOW_ECHO;
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
import io.tlstunnel.junit.fault.Http2Code;
import io.tlstunnel.junit.fault.Http2Fault;
import io.tlstunnel.junit.fault.Http2Fault.Goodbye;
import io.tlstunnel.junit.fault.Http2Fault.Moment;
import io.tlstunnel.junit.fault.When;
import io.tlstunnel.tests.rig.Load;
import io.tlstunnel.tests.rig.TestCall;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** The remote says goodbye, or refuses single streams: rows 10 to 14 of the fault matrix. */
@Tag("faults")
@Timeout(120)
class GoAwayFaultsTest {
  private static final int CALLS = 2_000;

  @RegisterExtension final FaultRig rig = new FaultRig();

  @Test
  @DisplayName("10 GOAWAY NO_ERROR in two steps under 1,000 calls/s: 0 failures")
  void gracefulGoAwayUnderLoad() {
    GrpcBackend backend = rig.backend();
    InjectedFault goAway =
        backend.inject(
            Http2Fault.goAway(Goodbye.TWO_STEP, Http2Code.NO_ERROR), When.share(0.005, 10));
    int failed = failuresUnderLoad(backend);
    assertThat(failed).isZero();
    assertThat(goAway.strikes()).isPositive();
    FIGURES.row(10, "failures", failed, "of " + CALLS + " calls");
    FIGURES.row(10, "goaways", goAway.strikes(), "");
  }

  /** What is above the last id was sent and is not repeated by grpc-java: it cannot know more. */
  @ParameterizedTest(
      name = "11 GOAWAY in one step, {0}, under load: calls up to its last id finish")
  @EnumSource(names = {"ONE_STEP", "REFUSING"})
  void abruptGoAwayUnderLoad(Goodbye goodbye) {
    GrpcBackend backend = rig.backend();
    InjectedFault goAway =
        backend.inject(Http2Fault.goAway(goodbye, Http2Code.NO_ERROR), When.share(0.005, 11));
    ManagedChannel channel = rig.channelTo(backend);
    Load load = rig.closeAfterwards(Load.start(channel, SLOW_ECHO, CallOptions.DEFAULT, CALLS));
    List<Status> failures = load.failures();
    assertThat(failures).allSatisfy(GoAwayFaultsTest::isAboveTheLastId);
    assertThat(goAway.strikes()).isPositive();
    load.assertSeenOnce(rig.seen());
    goAway.remove();
    FIGURES.row(11, "failures", failures.size(), "of " + CALLS + " calls");
    FIGURES.row(11, "recovery", recovers(channel));
  }

  @Test
  @DisplayName("11 GOAWAY and the connection cut at once, under load: 14 for those it had taken")
  void goAwayAndCutUnderLoad() {
    GrpcBackend backend = rig.backend();
    InjectedFault cut =
        backend.inject(
            Http2Fault.goAway(Goodbye.ABRUPT, Http2Code.NO_ERROR), When.share(0.003, 12));
    ManagedChannel channel = rig.channelTo(backend);
    Load load = rig.closeAfterwards(Load.start(channel, SLOW_ECHO, CallOptions.DEFAULT, CALLS));
    List<Status> failures = load.failures();
    assertThat(failures).extracting(Status::getCode).containsOnly(Status.Code.UNAVAILABLE);
    assertThat(failures).allMatch(status -> status.getDescription() != null);
    assertThat(cut.strikes()).isPositive();
    load.assertSeenOnce(rig.seen());
    cut.remove();
    FIGURES.row(11, "recovery", recovers(channel));
  }

  @Test
  @DisplayName(
      "12 GOAWAY ENHANCE_YOUR_CALM too_many_pings: the tunnel's next PING waits twice as long")
  void tooManyPings() throws InterruptedException {
    Duration interval = Duration.ofMillis(300);
    BlockingQueue<Duration> pings = new LinkedBlockingQueue<>();
    ScriptedBackend backend =
        rig.scripted(
            connection -> {
              long begun = System.nanoTime();
              RecordedCall call = Script.awaitCall(connection);
              awaitPing(connection);
              pings.add(Duration.ofNanos(System.nanoTime() - begun));
              if (connection.number() == 1) {
                connection.send(
                    Frame.goAway(call.stream(), Http2Code.ENHANCE_YOUR_CALM, "too_many_pings"));
                connection.close();
              } else {
                Script.answer(connection, call);
              }
            });
    TlsTunnel tunnel =
        rig.tunnel(backend.port(), b -> b.keepAlive(interval, Duration.ofSeconds(20)));
    ManagedChannel channel = rig.channel(tunnel);
    TestCall first = echo(channel);
    Status status = FaultRig.unavailable(first);
    assertThat(status.getDescription()).contains("the remote closed the connection");
    FIGURES.row(12, "recovery", recovers(channel));
    FIGURES.row(12, "first-ping", next(pings));
    Duration second = next(pings);
    assertThat(second)
        .isGreaterThan(interval.multipliedBy(3)); // 2 x 2 intervals: one is not silent
    FIGURES.row(12, "second-ping", second);
    assertThat(timesSeen(backend, first)).isEqualTo(1);
  }

  /** gRPC's servers allow a PING in five minutes, and grpc-java's bandwidth probe sends its own. */
  @Test
  @DisplayName(
      "12 a server that enforces PINGs has nothing to complain of while much is transferred")
  void enforcingServer() {
    GrpcBackend backend = rig.backend();
    ManagedChannel channel = rig.channelTo(backend);
    for (int i = 0; i < 20; i++) {
      TestCall download =
          TestCall.of(channel, Methods.DOWNLOAD, CallOptions.DEFAULT, Methods.number(64));
      assertThat(download.status().isOk()).as("transfer %d", i).isTrue();
      assertThat(download.responses()).hasSize(64);
    }
    assertThat(backend.connections()).hasSize(1);
  }

  @Test
  @DisplayName("13 RST REFUSED_STREAM, under load: repeated by the client, 0 failures")
  void refusedStreamUnderLoad() {
    GrpcBackend backend = rig.backend();
    // Far apart: a call that comes again has a number of its own, and must not be refused twice.
    for (int call = 400; call < CALLS; call += 400) {
      backend.inject(Http2Fault.refusedStream(), When.call(call));
    }
    ManagedChannel channel = rig.channelTo(backend);
    Load load = rig.closeAfterwards(Load.start(channel, SLOW_ECHO, CallOptions.DEFAULT, CALLS));
    int failed = load.failures().size();
    assertThat(failed).isZero();
    // The refused ones were seen on the wire, but by no application, and came again.
    assertThat(backend.calls()).hasSizeGreaterThan(CALLS);
    assertThat(backend.connections()).hasSize(1);
    FIGURES.row(13, "failures", failed, "of " + CALLS + " calls");
    FIGURES.row(13, "refused", backend.calls().size() - CALLS, "calls");
  }

  @ParameterizedTest(name = "14 RST {0}, {1}: the client gets {2}")
  @CsvSource({
    "INTERNAL_ERROR, BEFORE_HEADERS, INTERNAL",
    "INTERNAL_ERROR, AFTER_HEADERS, INTERNAL",
    "INTERNAL_ERROR, IN_DATA, INTERNAL",
    "INTERNAL_ERROR, AFTER_DATA, INTERNAL",
    "CANCEL, BEFORE_HEADERS, CANCELLED",
    "CANCEL, AFTER_HEADERS, CANCELLED",
    "CANCEL, IN_DATA, CANCELLED",
    "CANCEL, AFTER_DATA, CANCELLED",
    "ENHANCE_YOUR_CALM, AFTER_HEADERS, RESOURCE_EXHAUSTED",
    "INADEQUATE_SECURITY, AFTER_HEADERS, PERMISSION_DENIED"
  })
  void resetPasses(Http2Code code, Moment moment, Status.Code expected) {
    GrpcBackend backend = rig.backend();
    backend.inject(Http2Fault.reset(code, moment), When.call(1));
    ManagedChannel channel = rig.channelTo(backend);
    TestCall call = echo(channel);
    assertThat(call.status().getCode()).as("%s", call.status()).isEqualTo(expected);
    FIGURES.row(14, "recovery", recovers(channel));
    assertThat(timesSeen(backend, call)).isEqualTo(1);
    assertThat(backend.connections()).as("the connection lives on").hasSize(1);
  }

  /** A client that is on its way to a new stream when a GOAWAY comes must not lose it. */
  @Test
  @DisplayName("11 GOAWAY races with new streams, with debug data, many times")
  void goAwayRacesWithNewStreams() {
    ScriptedBackend backend =
        rig.scripted(
            connection -> {
              for (int i = 0; i < 5; i++) {
                Script.answer(connection, Script.awaitCall(connection));
              }
              RecordedCall last = Script.awaitCall(connection);
              connection.send(
                  Frame.goAway(last.stream(), Http2Code.NO_ERROR, "as old as it may get"));
              Script.answer(connection, last);
              connection.close();
            });
    ManagedChannel channel = rig.channelTo(backend);
    Load load = rig.closeAfterwards(Load.start(channel, Methods.ECHO, CallOptions.DEFAULT, CALLS));
    // A remote that closes with requests unread resets the connection, and its GOAWAY may be lost.
    assertThat(load.failures())
        .allSatisfy(
            status -> {
              assertThat(status.getCode()).isEqualTo(Status.Code.UNAVAILABLE);
              assertThat(status.getDescription())
                  .matches("(?s)(Abrupt GOAWAY closed sent stream|.* failed: the ).*");
            });
    assertThat(load.succeeded()).isGreaterThanOrEqualTo(6);
    // grpc-java's first stream is 3.
    load.assertSeenOnce(
        backend.calls().stream()
            .filter(seen -> seen.stream() <= 13)
            .map(seen -> seen.header(TestCall.ID))
            .toList());
    FIGURES.row(11, "connections", backend.connections().size(), "");
  }

  private static void isAboveTheLastId(Status status) {
    assertThat(status.getCode()).isEqualTo(Status.Code.UNAVAILABLE);
    assertThat(status.getDescription()).startsWith("Abrupt GOAWAY closed sent stream");
  }

  private int failuresUnderLoad(GrpcBackend backend) {
    ManagedChannel channel = rig.channelTo(backend);
    Load load = rig.closeAfterwards(Load.start(channel, SLOW_ECHO, CallOptions.DEFAULT, CALLS));
    List<Status> failures = load.failures();
    assertThat(failures).isEmpty();
    load.assertSeenOnce(rig.seen());
    backend.clearFaults();
    recovers(channel);
    return failures.size();
  }

  private static void awaitPing(ScriptedConnection connection) throws InterruptedException {
    connection.awaitFrame(
        frame -> frame.type() == Frame.PING && !frame.has(Frame.ACK), Script.PATIENCE);
  }

  private static Duration next(BlockingQueue<Duration> pings) throws InterruptedException {
    Duration ping = pings.poll(20, TimeUnit.SECONDS);
    assertThat(ping).as("a PING").isNotNull();
    return ping;
  }
}
