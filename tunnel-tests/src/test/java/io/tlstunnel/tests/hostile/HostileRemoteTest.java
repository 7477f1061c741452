package io.tlstunnel.tests.hostile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.grpc.Status;
import io.tlstunnel.junit.RecordedCall;
import io.tlstunnel.junit.RecordedConnection;
import io.tlstunnel.junit.TestCert;
import io.tlstunnel.junit.TestRoute;
import io.tlstunnel.tests.hostile.HostileRemote.Delivery;
import io.tlstunnel.tests.rig.NothingLeft;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Ensures that what a remote breaks is an error for the client, never a success and never a hang;
 * that the remote is told as it would be without a tunnel; and that the next call works. The frames
 * pass, so the judge is the client, and a tunnel must not make it more lenient.
 */
@Tag("hostile")
@Timeout(180)
class HostileRemoteTest {
  private static final HostileRemote REMOTE = new HostileRemote();
  private static NothingLeft nothingLeft;
  private static TestRoute route;
  private static TestCert directClient;

  @BeforeAll
  static void startRoute() {
    nothingLeft = new NothingLeft();
    route = TestRoute.builder().backend(REMOTE::start).start();
    directClient = route.ca().client("CN=direct");
  }

  @AfterAll
  static void closeRoute() {
    route.close();
    nothingLeft.verify();
  }

  @AfterEach
  void noConnectionIsLeft() {
    await()
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(
            () -> {
              assertThat(route.tunnel().stats().connectionsOpen()).isZero();
              assertThat(route.backend().connections())
                  .extracting(RecordedConnection::state)
                  .containsOnly(RecordedConnection.State.CLOSED);
            });
  }

  static Stream<HostileCase> cases() {
    return Stream.of(FramesAndStreams.cases(), FrameDefinitions.cases(), Continuations.cases())
        .flatMap(cases -> cases);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("cases")
  void clientJudgesThroughTheTunnelAsItDoesDirect(HostileCase hostile) throws Exception {
    judge(hostile);
    // For the reliability page.
    System.out.printf("row: hostile %s client=%s%n", hostile.row(), hostile.status());
    System.out.printf("row: hostile %s remote=%s%n", hostile.row(), hostile.reaction());
  }

  @ParameterizedTest(name = "section {0}")
  @MethodSource("io.tlstunnel.tests.hostile.BeyondTheList#cases")
  void clientJudgesWhatIsOnNoListAsItDoesDirect(HostileCase hostile) throws Exception {
    judge(hostile);
  }

  private static void judge(HostileCase hostile) throws Exception {
    for (Delivery delivery : Delivery.values()) {
      try (Caller direct = direct()) {
        assertOutcome(direct, "direct", hostile, delivery);
      }
      try (Caller through = Caller.through(route.target())) {
        assertOutcome(through, "tunnel", hostile, delivery);
      }
    }
    assertThat(route.tunnel().stats().requestsAnswered())
        .as("requests that the tunnel answered itself")
        .isZero();
  }

  private static Caller direct() throws IOException {
    return Caller.direct(route.backend(), route.ca(), directClient);
  }

  private static void assertOutcome(
      Caller caller, String way, HostileCase hostile, Delivery delivery) throws Exception {
    Outcome expected = Outcome.of(hostile);
    assertThat(outcome(caller, hostile, delivery))
        .as("%s, %s", way, delivery)
        .isIn(
            expected,
            // A client that closes while more is on its way to it may lose its last words.
            hostile.isShort() && delivery == Delivery.AT_ONCE
                ? expected
                : expected.withoutLastWords());
  }

  private static Outcome outcome(Caller caller, HostileCase hostile, Delivery delivery)
      throws Exception {
    int before = route.backend().calls().size();
    CompletableFuture<Reaction> reaction = REMOTE.arm(hostile, delivery);
    Status status = caller.call();
    Reaction seen = reaction.get(60, TimeUnit.SECONDS);
    Status next = caller.call();
    List<RecordedCall> calls = route.backend().calls();
    assertThat(calls).as("calls that reached the remote").hasSize(before + 2);
    return new Outcome(
        status.getCode(),
        seen,
        next.getCode(),
        calls.get(before).connection() != calls.get(before + 1).connection());
  }
}
