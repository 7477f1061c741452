package io.tlstunnel.flood;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.nio.NioEventLoopGroup;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.tlstunnel.Limits;
import io.tlstunnel.event.TunnelEvent;
import io.tlstunnel.testpeer.Frame;
import io.tlstunnel.testpeer.Pump;
import io.tlstunnel.testpeer.RawClient;
import io.tlstunnel.testpeer.Rig;
import io.tlstunnel.testpeer.Sink;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Connections whose requests are all refused, and what the others of their loop have of it. */
@Tag("trials")
@Timeout(120)
class ShareOfALoopTrialsTest {
  private static final int FLOODERS = 20;
  private static final int BATCH = 2_000;

  /** A read of each flooder and what was left of the one before, twice over. */
  private static final int MOST_IN_A_TURN = 4 * FLOODERS * 16;

  @RegisterExtension final Rig rig = new Rig();

  /** Counts refusals between two turns of the loop; lives on the loop. */
  private static final class Turns {
    private int inThisTurn;
    private volatile int most;
    private final AtomicLong all = new AtomicLong();

    void refused() {
      inThisTurn++;
      most = Math.max(most, inThisTurn);
      all.incrementAndGet();
    }

    void turned() {
      inThisTurn = 0;
    }
  }

  @Test
  @DisplayName(
      "33 refused requests of 20 flooding connections leave the others of the loop their turn")
  @SuppressWarnings("deprecation") // Netty 4.1 has no other group of one NIO loop
  void flood() throws Exception {
    EventLoopGroup loop = new NioEventLoopGroup(1, new DefaultThreadFactory("shared"));
    rig.afterwards(() -> loop.shutdownGracefully(0, 5, TimeUnit.SECONDS).awaitUninterruptibly());
    Turns turns = new Turns();
    rig.keep(
        rig.builder()
            .limits(Limits.defaults())
            .eventLoopGroup(loop)
            .listener(
                event -> {
                  if (event instanceof TunnelEvent.RequestAnswered) {
                    turns.refused();
                  }
                })
            .start());
    Bystander bystander = new Bystander(rig.route());
    long quiet = bystander.quietP99();
    loop.scheduleAtFixedRate(turns::turned, 0, 1, TimeUnit.MILLISECONDS);
    byte[] block = Requests.repeating(2, 101);
    for (int i = 0; i < FLOODERS; i++) {
      RawClient client = rig.route().client();
      new Sink(client);
      Pump.ofBytes(
          client,
          1_000,
          batch ->
              Requests.many(
                  BATCH,
                  n ->
                      Frame.of(Frame.HEADERS, Requests.WHOLE, 1 + 2 * (BATCH * batch + n), block)));
    }
    bystander.start();
    await().atMost(Duration.ofSeconds(60)).until(() -> turns.all.get() > 2L * FLOODERS * BATCH);
    long p99 = bystander.finish();
    System.out.printf("row: trials 33 p99-quiet=%.1f ms%n", Bystander.millis(quiet));
    System.out.printf("row: trials 33 p99-flooded=%.1f ms%n", Bystander.millis(p99));
    System.out.printf("row: trials 33 refused-in-a-turn=%d requests%n", turns.most);
    assertThat(turns.most).as("refusals in a turn").isLessThan(MOST_IN_A_TURN);
  }

  @Test
  @DisplayName(
      "33 every request of a long burst gets its answer, in order, and the next one passes")
  void burst() {
    Rig.Route route = rig.route();
    RawClient client = route.client();
    byte[] block = Requests.repeating(2, 101);
    byte[] refused =
        Requests.many(1_000, n -> Frame.of(Frame.HEADERS, Requests.WHOLE, 1 + 2 * n, block));
    Pump.ofBytes(client, 1, batch -> refused);
    for (int i = 0; i < 1_000; i++) {
      Frame answer = client.read();
      assertThat(answer.streamId()).isEqualTo(1 + 2 * i);
      assertThat(answer.type()).isEqualTo(Frame.HEADERS);
    }
    client.send(client.grpcRequest(2_001, Frame.END_STREAM));
    assertThat(route.remote().readBlock().streamId()).isEqualTo(2_001);
    assertThat(rig.tunnel().stats().requestsAnswered()).isEqualTo(1_000);
  }
}
