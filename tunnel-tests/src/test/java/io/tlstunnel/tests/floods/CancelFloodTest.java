package io.tlstunnel.tests.floods;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.tlstunnel.Limits;
import io.tlstunnel.event.Limit;
import io.tlstunnel.junit.GrpcBackend;
import io.tlstunnel.junit.TestRoute;
import io.tlstunnel.tests.rig.Figures;
import io.tlstunnel.tests.rig.NothingLeft;
import io.tlstunnel.tests.rig.TestCall;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Many cancels, many resets, and a connection too many, with grpc-java at both ends. */
@Tag("floods")
@Timeout(180)
class CancelFloodTest {
  private static final Figures FIGURES = new Figures("floods");
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final int CANCELS = 5_000;
  private static final int AT_A_TIME = 50;
  private static final int RESETS = 100_000;
  private static final int RESETS_AT_A_TIME = 1_000;

  private final NothingLeft nothingLeft = new NothingLeft();
  private final Calls calls = new Calls();
  private final List<AutoCloseable> open = new ArrayList<>();

  @AfterEach
  void closeRoute() throws Exception {
    for (AutoCloseable resource : open) {
      resource.close();
    }
    nothingLeft.verify();
  }

  /** Half of the calls are cancelled as soon as they begin, half while the server has them. */
  @Test
  @DisplayName("9d 5,000 cancels of a grpc-java client on one connection do no harm")
  void cancelsOfARealClientDoNoHarm() {
    TestRoute route = route(Integer.MAX_VALUE, Limits.defaults());
    Channel channel = route.channel();
    TestCall bystander = TestCall.of(channel, Calls.HANG, CallOptions.DEFAULT, new byte[10]);
    await().atMost(PATIENCE).until(() -> calls.begun() == 1);
    long started = System.nanoTime();
    for (int round = 0; round < CANCELS / AT_A_TIME; round++) {
      cancelSome(channel, round % 2 == 0);
      echo(channel);
    }
    FIGURES.row(9, "5,000 cancels", Duration.ofNanos(System.nanoTime() - started));

    assertThat(bystander.ended()).as("a call beside the cancelled ones").isNotDone();
    bystander.cancel();
    // Whatever the application has seen begin it sees end.
    await().atMost(PATIENCE).until(() -> calls.cancelled() == calls.begun());
    assertThat(calls.begun()).isBetween(1 + CANCELS / 2, 1 + CANCELS);
    assertThat(route.tunnel().stats().connectionsAccepted()).isEqualTo(1);
    assertThat(route.tunnel().stats().limitHits().values()).containsOnly(0L);
    assertThat(route.tunnel().stats().requestsAnswered()).isZero();
  }

  @ParameterizedTest(name = "9e 100,000 rapid resets to a grpc-java server with {0}")
  @CsvSource({
    "no limit: it takes them, 0",
    "a limit of 200: it ends the attacker's connection, 200"
  })
  void rapidResetsHurtNobodyElse(String server, int limit) throws IOException {
    TestRoute route = route(limit == 0 ? Integer.MAX_VALUE : limit, Limits.defaults());
    echo(route.channel());
    long slowest = 0;
    int sent = 0;
    try (Attacker attacker = new Attacker(route.port())) {
      while (sent < RESETS && attacker.reset(RESETS_AT_A_TIME)) {
        sent += RESETS_AT_A_TIME;
        slowest = Math.max(slowest, echo(route.channel()));
      }
      if (limit > 0) {
        attacker.awaitEnd();
      } else {
        assertThat(sent).isEqualTo(RESETS);
        await().atMost(PATIENCE).until(() -> seen(route) > RESETS);
      }
    }
    echo(route.channel());
    FIGURES.row(9, "slowest call of a bystander", Duration.ofNanos(slowest));
    await().atMost(PATIENCE).until(() -> route.tunnel().stats().connectionsOpen() == 1);
    if (limit > 0) {
      // One more is there before the reset that is one too many.
      assertThat(calls.arrived()).as("calls of the attacker's").isBetween(1, limit + 1);
    }
  }

  @Test
  @DisplayName(
      "27b a grpc-java client beyond maxConnections gets UNAVAILABLE, and is served when there is room")
  void tooManyConnectionsIsSaidToTheClient() throws Exception {
    TestRoute route = route(Integer.MAX_VALUE, Limits.defaults().maxConnections(1));
    echo(route.channel());
    ManagedChannel second =
        Grpc.newChannelBuilder(route.target(), InsecureChannelCredentials.create()).build();
    open.add(0, () -> close(second));

    long begun = System.nanoTime();
    Status refused = call(second).status();
    FIGURES.row(27, "told", Duration.ofNanos(System.nanoTime() - begun));
    assertThat(refused.getCode()).as("%s", refused).isEqualTo(Status.Code.UNAVAILABLE);
    assertThat(route.tunnel().stats().limitHits().get(Limit.CONNECTIONS)).isPositive();
    echo(route.channel());

    route.channel().shutdownNow();
    await().atMost(PATIENCE).until(() -> call(second).status().isOk());
  }

  private TestRoute route(int resets, Limits limits) {
    TestRoute route =
        TestRoute.builder()
            .backend(
                ca ->
                    GrpcBackend.builder(ca)
                        .service(calls)
                        .server(server -> server.maxRstFramesPerWindow(resets, 30))
                        .start())
            .tunnel(tunnel -> tunnel.limits(limits))
            .start();
    open.add(route);
    return route;
  }

  private void cancelSome(Channel channel, boolean atOnce) {
    int before = calls.begun();
    List<TestCall> some = new ArrayList<>();
    for (int i = 0; i < AT_A_TIME; i++) {
      TestCall call = TestCall.of(channel, Calls.HANG, CallOptions.DEFAULT, new byte[10]);
      some.add(call);
      if (atOnce) {
        call.cancel();
      }
    }
    if (!atOnce) {
      await()
          .pollInterval(Duration.ofMillis(1))
          .atMost(PATIENCE)
          .until(() -> calls.begun() >= before + AT_A_TIME);
      some.forEach(TestCall::cancel);
    }
    some.forEach(call -> assertThat(call.status().getCode()).isEqualTo(Status.Code.CANCELLED));
  }

  private static int seen(TestRoute route) {
    return ((GrpcBackend) route.backend()).calls().size();
  }

  private static TestCall call(Channel channel) {
    CallOptions options = CallOptions.DEFAULT.withDeadlineAfter(20, TimeUnit.SECONDS);
    return TestCall.of(channel, Calls.ECHO, options, new byte[] {1, 2, 3});
  }

  /** A call is answered, after so many nanoseconds. */
  private static long echo(Channel channel) {
    long begun = System.nanoTime();
    TestCall echo = call(channel);
    assertThat(echo.status().isOk()).as("%s", echo.status()).isTrue();
    assertThat(echo.responses()).containsExactly(new byte[] {1, 2, 3});
    return System.nanoTime() - begun;
  }

  private static void close(ManagedChannel channel) throws InterruptedException {
    channel.shutdownNow();
    assertThat(channel.awaitTermination(20, TimeUnit.SECONDS)).as("the channel ends").isTrue();
  }
}
