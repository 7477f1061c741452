package io.tlstunnel.internal.downstream;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.SingleThreadEventLoop;
import io.netty.channel.nio.NioEventLoopGroup;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.tlstunnel.Limits;
import io.tlstunnel.internal.relay.RefusedConnections;
import io.tlstunnel.testpeer.Block;
import io.tlstunnel.testpeer.Frame;
import io.tlstunnel.testpeer.RawClient;
import io.tlstunnel.testpeer.Rig;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A connection beyond maxConnections is told so, whatever it has sent already. */
class TooManyConnectionsTest {
  private static final String REASON = "the tunnel has its 1 connections (maxConnections)";
  private static final int TRIES = 10;

  /** Frames of 16 KiB: more than the sockets' buffers hold. */
  private static final int ENDLESS = 2_000;

  @RegisterExtension final Rig rig = new Rig();

  private EventLoopGroup loop;

  @BeforeEach
  @SuppressWarnings("deprecation") // Netty 4.1 has no other group of one NIO loop
  void takeTheOnlyPlace() {
    loop = new NioEventLoopGroup(1, new DefaultThreadFactory("held"));
    rig.afterwards(() -> loop.shutdownGracefully(0, 5, TimeUnit.SECONDS).awaitUninterruptibly());
    rig.tunnel(builder -> builder.eventLoopGroup(loop).limits(Limits.defaults().maxConnections(1)));
    rig.route();
  }

  @Test
  void clientThatHasSpokenReadsTheReasonAndThenTheEnd() throws Exception {
    for (int i = 0; i < TRIES; i++) {
      RawClient client = whoSpokeBeforeTheyWereAccepted(1).get(0);
      expectRefusal(client);
      client.close();
    }
  }

  @Test
  void clientThatGoesOnSpeakingReadsTheEndToo() throws Exception {
    RawClient client = whoSpokeBeforeTheyWereAccepted(1).get(0);
    Frame ping = expectAnswer(client);
    client.send(Frame.settingsAck(), Frame.data(1, Frame.END_STREAM, "late"));
    client.expect(Frame.windowUpdate(0, 4));
    client.send(client.plainRequest(3, Frame.END_STREAM));
    assertThat(client.readBlock().field(":status")).isEqualTo("503");
    assertThat(client.read(Frame.DATA).text(0)).isEqualTo(REASON);
    client.acknowledge(ping);
    assertThat(client.expectLastGoAway(3)).isEqualTo(REASON);
    client.expectEnd();
  }

  @Test
  void clientThatGoesOnAskingIsAnsweredUntilItPauses() throws Exception {
    RawClient client = whoSpokeBeforeTheyWereAccepted(1).get(0);
    client.expect(RawClient.GREETING, Frame.settingsAck());
    client.readBlock();
    client.expect(Frame.reset(1, 0));
    for (int stream = 3; stream < 100; stream += 2) {
      client.send(client.grpcRequest(stream, Frame.END_STREAM));
      assertThat(client.readBlock().field("grpc-message")).isEqualTo(REASON);
    }
    assertThat(client.expectEnding(99)).isEqualTo(REASON);
  }

  @Test
  void clientThatNeverStopsSpeakingIsCutOff() throws Exception {
    RawClient client = whoSpokeBeforeTheyWereAccepted(1).get(0);
    expectAnswer(client);
    Frame data = Frame.data(1, 0, 16_384);
    int sent = 0;
    try {
      while (sent < ENDLESS) {
        client.send(data);
        sent++;
      }
    } catch (UncheckedIOException cutOff) {
      // As it should be.
    }
    assertThat(sent).isLessThan(ENDLESS);
  }

  @Test
  void manyAreToldButOnlySoManyAreWaitedFor() throws Exception {
    int before = openChannels();
    whoSpokeBeforeTheyWereAccepted(2 * RefusedConnections.MAX_WAITED_FOR)
        .forEach(TooManyConnectionsTest::expectReason);
    // The last of those that are not waited for may be about to close.
    assertThat(openChannels() - before).isLessThan(3 * RefusedConnections.MAX_WAITED_FOR / 2);
  }

  private int openChannels() throws Exception {
    SingleThreadEventLoop one = (SingleThreadEventLoop) loop.next();
    return one.submit(one::registeredChannels).get(20, TimeUnit.SECONDS);
  }

  /** The tunnel is kept busy until they have connected and sent all that a client sends first. */
  private List<RawClient> whoSpokeBeforeTheyWereAccepted(int count) throws InterruptedException {
    CountDownLatch spoken = new CountDownLatch(1);
    CountDownLatch busy = new CountDownLatch(1);
    loop.execute(
        () -> {
          busy.countDown();
          try {
            spoken.await(20, TimeUnit.SECONDS);
          } catch (InterruptedException closing) {
            Thread.currentThread().interrupt();
          }
        });
    assertThat(busy.await(20, TimeUnit.SECONDS)).isTrue();
    List<RawClient> clients = new ArrayList<>();
    try {
      for (int i = 0; i < count; i++) {
        RawClient client = rig.silentClient();
        client.sendAtOnce(Frame.settings(), client.grpcRequest(1, 0));
        clients.add(client);
      }
    } finally {
      spoken.countDown();
    }
    return clients;
  }

  private static void expectRefusal(RawClient client) {
    client.acknowledge(expectAnswer(client));
    assertThat(client.expectLastGoAway(1)).isEqualTo(REASON);
    client.expectEnd();
  }

  /** The answer to the request, and the announcement behind it, whose PING is returned. */
  private static Frame expectAnswer(RawClient client) {
    client.expect(RawClient.GREETING, Frame.settingsAck());
    Block answer = client.readBlock();
    assertThat(answer.field("grpc-status")).isEqualTo("14");
    assertThat(answer.field("grpc-message")).isEqualTo(REASON);
    client.expect(Frame.reset(1, 0));
    return client.expectAnnouncement();
  }

  /** Whether it is answered or not, it reads the reason. */
  private static void expectReason(RawClient client) {
    Frame frame = client.read();
    while (frame.type() != Frame.GOAWAY) {
      frame = client.read();
    }
    assertThat(frame.text(8)).isEqualTo(REASON);
  }
}
