package io.tlstunnel.flood;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.tlstunnel.Limits;
import io.tlstunnel.event.Limit;
import io.tlstunnel.event.TunnelEvent;
import io.tlstunnel.testpeer.Frame;
import io.tlstunnel.testpeer.RawClient;
import io.tlstunnel.testpeer.RecordedLog;
import io.tlstunnel.testpeer.Rig;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What all connections may hold together, and what becomes of those who make it short. */
@Tag("trials")
@Timeout(120)
class HeldBytesTrialsTest {
  private static final int BUDGET = 4 << 20;
  private static final int ATTACKERS = 100;
  private static final int MB = 1 << 20;
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  @RegisterExtension final Rig rig = new Rig();

  private final RecordedLog log = new RecordedLog();

  @AfterEach
  void closeLog() {
    log.close();
  }

  static List<Named<Function<Rig, RawClient>>> floods() {
    return List.of(
        Named.of("on routes that stand", rig -> unfinished(rig.route().client())),
        Named.of("while the routes are built", rig -> unfinished(WaitingFloods.waiting(rig))),
        Named.of(
            "in frames of 900 KB, as the remote allows",
            rig -> {
              RawClient client = rig.route(Frame.settings(), Frame.settings(0x5, MB)).client();
              Frame long900 = Frame.of(Frame.HEADERS, Frame.END_HEADERS, 1, new byte[900_000]);
              byte[] bytes = long900.encode();
              return sending(client, Arrays.copyOf(bytes, bytes.length - 1));
            }));
  }

  private static RawClient unfinished(RawClient client) {
    Frame more = Frame.of(Frame.CONTINUATION, 0, 1, new byte[16_384]);
    client.send(Frame.of(Frame.HEADERS, 0, 1));
    return sending(client, Requests.many(55, i -> more));
  }

  private static RawClient sending(RawClient client, byte[] bytes) {
    try {
      client.sendBytes(bytes);
    } catch (UncheckedIOException ended) {
      // The tunnel was faster.
    }
    return client;
  }

  @ParameterizedTest(name = "32 unfinished header blocks of 100 connections {0}: honest calls pass")
  @MethodSource("floods")
  void blocks(Function<Rig, RawClient> attack) {
    rig.tunnel(builder -> builder.limits(Limits.defaults().maxBufferedBytes(BUDGET)));
    Bystander bystander = new Bystander(rig.route());
    bystander.start();
    List<RawClient> attackers = new ArrayList<>();
    try (Memory memory = new Memory()) {
      for (int i = 0; i < ATTACKERS; i++) {
        attackers.add(attack.apply(rig));
        assertThat(rig.tunnel().stats().bufferedBytes()).isLessThanOrEqualTo(BUDGET);
      }
      await()
          .atMost(PATIENCE)
          .until(() -> rig.tunnel().stats().limitHits().get(Limit.BUFFERED_BYTES) > ATTACKERS / 2);
      memory.measure();
      System.out.printf("row: trials 32 direct=%d MB%n", memory.directGrowth() / MB);
      // Beside what is counted, what has not been read from a connection that is being closed.
      assertThat(memory.directGrowth()).isLessThan(6 * BUDGET);
    }
    RawClient honest = rig.route().client();
    honest.send(honest.grpcRequest(1, Frame.END_STREAM));
    bystander.finish();
    attackers.forEach(RawClient::reset);
    await().atMost(PATIENCE).until(() -> rig.tunnel().stats().bufferedBytes() == 0);
    assertThat(log.warnings())
        .anySatisfy(
            line ->
                assertThat(line)
                    .contains(
                        "the tunnel's connections hold more than 4194304 bytes of unfinished"
                            + " headers and waiting requests, and this one holds the most: "))
        .hasSizeLessThan(100);
    assertThat(rig.events(TunnelEvent.LimitHit.class))
        .anySatisfy(hit -> assertThat(hit.limit()).isEqualTo(Limit.BUFFERED_BYTES));
  }

  @Test
  @DisplayName("32 the one that holds the most reads ENHANCE_YOUR_CALM and why")
  void told() {
    rig.tunnel(builder -> builder.limits(Limits.defaults().maxBufferedBytes(65_536)));
    RawClient client = unfinished(rig.route().client());
    HeaderFloods.expectCalm(client, "the tunnel's connections hold more than 65536 bytes");
    HeaderFloods.expectHit(rig, Limit.BUFFERED_BYTES, 1);
  }

  static List<Arguments> ends() {
    Frame last = Frame.of(Frame.CONTINUATION, Frame.END_HEADERS, 1);
    return List.of(
        Arguments.of("is complete and refused", (Consumer<RawClient>) client -> client.send(last)),
        Arguments.of(
            "breaks the protocol", (Consumer<RawClient>) client -> client.send(Frame.ping(0, 1))),
        Arguments.of("leaves", (Consumer<RawClient>) RawClient::close),
        Arguments.of("is cut off", (Consumer<RawClient>) RawClient::reset));
  }

  @ParameterizedTest(name = "32 nothing is counted of a client that {0}, waiting or not")
  @MethodSource("ends")
  void givenBack(String how, Consumer<RawClient> end) {
    RawClient relayed = half(rig.route().client());
    await().atMost(PATIENCE).until(() -> rig.tunnel().stats().bufferedBytes() > 300_000);
    end.accept(relayed);
    await().atMost(PATIENCE).until(() -> rig.tunnel().stats().bufferedBytes() == 0);
    RawClient waiting = half(WaitingFloods.waiting(rig));
    await().atMost(PATIENCE).until(() -> rig.tunnel().stats().bufferedBytes() > 600_000);
    end.accept(waiting);
    if (how.startsWith("is complete")) {
      // The frames wait on, and the block is gone.
      await().atMost(PATIENCE).until(() -> rig.tunnel().stats().bufferedBytes() < 600_000);
      waiting.reset();
    }
    await().atMost(PATIENCE).until(() -> rig.tunnel().stats().bufferedBytes() == 0);
  }

  @Test
  @DisplayName("32 nothing is counted of requests that waited, once the route stands")
  void waited() {
    RawClient client = rig.client();
    client.send(client.grpcRequest(1, 0));
    for (int i = 0; i < 4; i++) {
      client.send(Frame.data(1, 0, 16_000));
    }
    await().atMost(PATIENCE).until(() -> rig.tunnel().stats().bufferedBytes() > 0);
    rig.remote();
    await().atMost(PATIENCE).until(() -> rig.tunnel().stats().bufferedBytes() == 0);
  }

  private static RawClient half(RawClient client) {
    Frame more = Frame.of(Frame.CONTINUATION, 0, 1, new byte[16_384]);
    client.send(Frame.of(Frame.HEADERS, 0, 1));
    return sending(client, Requests.many(24, i -> more));
  }
}
