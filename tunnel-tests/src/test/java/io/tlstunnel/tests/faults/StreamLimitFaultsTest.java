package io.tlstunnel.tests.faults;

import static io.tlstunnel.tests.faults.FaultRig.FIGURES;
import static io.tlstunnel.tests.faults.FaultRig.echo;
import static io.tlstunnel.tests.faults.FaultRig.recovers;
import static io.tlstunnel.tests.faults.Methods.SLOW_ECHO;
import static io.tlstunnel.tests.faults.Methods.UPLOAD;
import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.tlstunnel.junit.Frame;
import io.tlstunnel.junit.GrpcBackend;
import io.tlstunnel.junit.RecordedCall;
import io.tlstunnel.junit.ScriptedBackend;
import io.tlstunnel.junit.ScriptedConnection;
import io.tlstunnel.tests.rig.TestCall;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The remote limits streams and windows: rows 28 to 30 of the fault matrix. */
@Tag("faults")
@Timeout(120)
class StreamLimitFaultsTest {
  private static final int WINDOW = 65_535;

  @RegisterExtension final FaultRig rig = new FaultRig();

  @Test
  @DisplayName("28 10,000 calls at once on a new channel, a limit of 100 streams: all succeed")
  void moreCallsThanStreams() {
    Methods methods = rig.methods();
    GrpcBackend backend =
        rig.backend(
            b -> b.service(methods).server(server -> server.maxConcurrentCallsPerConnection(100)));
    ManagedChannel channel = rig.channelTo(backend);
    // Nobody knows the limit yet: the calls come while the route is built.
    List<TestCall> calls = new ArrayList<>();
    for (int i = 0; i < 10_000; i++) {
      calls.add(TestCall.of(channel, SLOW_ECHO, CallOptions.DEFAULT, new byte[10]));
    }
    assertThat(failures(calls)).isEmpty();
    assertThat(methods.mostUnderWay()).isBetween(2, 100);
    assertThat(backend.connections()).hasSize(1);
    FIGURES.row(28, "failures", 0, "of 10000 calls");
    FIGURES.row(28, "at-once", methods.mostUnderWay(), "streams");
  }

  @Test
  @DisplayName("29 the limit shrinks to 1: ten calls at once, one after the other")
  void limitShrinksToOne() {
    AtomicInteger open = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    ScriptedBackend backend =
        rig.scripted(
            connection -> {
              Script.answer(connection, Script.awaitCall(connection));
              limit(connection, 1);
              for (int i = 0; i < 10; i++) {
                RecordedCall call = Script.awaitCall(connection);
                most.accumulateAndGet(open.incrementAndGet(), Math::max);
                // A second stream would be seen before this round trip ends.
                roundTrip(connection);
                open.decrementAndGet();
                Script.answer(connection, call);
              }
            });
    ManagedChannel channel = rig.channelTo(backend);
    recovers(channel);
    recovers(channel);
    List<TestCall> calls = new ArrayList<>();
    for (int i = 0; i < 9; i++) {
      calls.add(echo(channel));
    }
    assertThat(failures(calls)).isEmpty();
    assertThat(most).hasValue(1);
    assertThat(backend.connections()).hasSize(1);
    assertThat(backend.calls()).hasSize(11);
  }

  @Test
  @DisplayName(
      "29 the limit shrinks to 0 and grows: a call waits to its deadline, another until then")
  void limitShrinksToZeroAndGrows() throws InterruptedException {
    CountDownLatch limited = new CountDownLatch(1);
    CountDownLatch grow = new CountDownLatch(1);
    ScriptedBackend backend =
        rig.scripted(
            connection -> {
              Script.answer(connection, Script.awaitCall(connection));
              limit(connection, 0);
              limited.countDown();
              grow.await(30, TimeUnit.SECONDS);
              connection.send(Frame.settings(Frame.SETTINGS_MAX_CONCURRENT_STREAMS, 10));
              Script.answer(connection, Script.awaitCall(connection));
            });
    ManagedChannel channel = rig.channelTo(backend);
    recovers(channel);
    assertThat(limited.await(20, TimeUnit.SECONDS)).as("the client knows the limit").isTrue();
    TestCall deadline =
        TestCall.of(
            channel,
            Methods.ECHO,
            CallOptions.DEFAULT.withDeadlineAfter(1, TimeUnit.SECONDS),
            new byte[1]);
    assertThat(deadline.status().getCode()).isEqualTo(Status.Code.DEADLINE_EXCEEDED);
    TestCall waiting = echo(channel);
    assertThat(waiting.ended()).isNotDone();
    grow.countDown();
    assertThat(waiting.status().isOk()).isTrue();
    assertThat(backend.connections()).hasSize(1);
  }

  @Test
  @DisplayName("30 the initial window shrinks below what is sent: no stall, no overflow")
  void windowShrinksToNegative() throws InterruptedException {
    int total = 1_000_000;
    AtomicInteger beforeGrant = new AtomicInteger();
    AtomicInteger afterShrink = new AtomicInteger();
    ScriptedBackend backend =
        rig.scripted(
            connection -> {
              RecordedCall call = Script.awaitCall(connection);
              int received = data(connection, WINDOW);
              // 65,535 bytes are on their way with a window of 0; now it is -64,535.
              connection.send(Frame.settings(Frame.SETTINGS_INITIAL_WINDOW_SIZE, 1_000));
              awaitAck(connection);
              connection.send(Frame.windowUpdate(0, 10_000_000));
              connection.send(Frame.windowUpdate(call.stream(), WINDOW - 1_000));
              roundTrip(connection);
              beforeGrant.set(received);
              connection.send(Frame.windowUpdate(call.stream(), 500));
              int next = data(connection, 500);
              afterShrink.set(next);
              connection.send(Frame.windowUpdate(call.stream(), 10_000_000));
              int rest = data(connection, total + 5 - received - next);
              connection.send(
                  Frame.responseHeaders(call.stream()),
                  Frame.message(call.stream(), Methods.number(received + next + rest)),
                  Frame.trailers(call.stream(), 0, ""));
            });
    ManagedChannel channel = rig.channelTo(backend);
    TestCall upload = TestCall.begin(channel, UPLOAD, CallOptions.DEFAULT).request(2);
    upload.send(new byte[total]).halfClose();
    assertThat(upload.status().isOk()).as("%s, %s", upload.status(), backend).isTrue();
    assertThat(beforeGrant).hasValue(WINDOW);
    assertThat(afterShrink).as("not a byte more than was granted").hasValue(500);
    assertThat(upload.responses()).containsExactly(Methods.number(total + 5));
  }

  /** How often each failure has occurred. */
  private static Map<String, Long> failures(List<TestCall> calls) {
    return calls.stream()
        .map(TestCall::status)
        .filter(status -> !status.isOk())
        .collect(Collectors.groupingBy(Status::toString, Collectors.counting()));
  }

  private static void limit(ScriptedConnection connection, int streams)
      throws InterruptedException {
    connection.send(Frame.settings(Frame.SETTINGS_MAX_CONCURRENT_STREAMS, streams));
    awaitAck(connection);
    awaitAck(connection); // The first one was for the connection's first SETTINGS.
  }

  private static void awaitAck(ScriptedConnection connection) throws InterruptedException {
    connection.awaitFrame(
        frame -> frame.type() == Frame.SETTINGS && frame.has(Frame.ACK), Script.PATIENCE);
  }

  private static void roundTrip(ScriptedConnection connection) throws InterruptedException {
    connection.send(Frame.ping(29));
    connection.awaitFrame(
        frame -> frame.type() == Frame.PING && frame.has(Frame.ACK), Script.PATIENCE);
  }

  /** Reads DATA until there are so many bytes; more is more than was allowed. */
  private static int data(ScriptedConnection connection, int bytes) throws InterruptedException {
    int received = 0;
    while (received < bytes) {
      received +=
          connection
              .awaitFrame(frame -> frame.type() == Frame.DATA, Script.PATIENCE)
              .payload()
              .length;
    }
    return received;
  }
}
