package io.tlstunnel.internal.relay;

import static org.assertj.core.api.Assertions.assertThat;

import io.tlstunnel.Limits;
import io.tlstunnel.TlsTunnel;
import io.tlstunnel.event.TunnelEvent;
import io.tlstunnel.testpeer.Block;
import io.tlstunnel.testpeer.Frame;
import io.tlstunnel.testpeer.RawClient;
import io.tlstunnel.testpeer.Rig;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * However the tunnel ends a connection, a request that the client sends before it can know of that
 * is answered, too.
 */
@Tag("trials")
class EndingTest {
  private static final int REFUSED_STREAM = 7;

  @RegisterExtension final Rig rig = new Rig();

  /** A client whose first request was answered since its connection ends, and what was said. */
  private record Told(RawClient client, String why, Frame ping) {}

  static Stream<Arguments> endings() {
    return Stream.of(
        Arguments.of(
            "3 the tunnel is closed", "the tunnel was closed", ending(EndingTest::tunnelCloses)),
        Arguments.of(
            "3 the tunnel is closed before the route stands",
            "the tunnel was closed",
            ending(EndingTest::tunnelClosesEarly)),
        Arguments.of(
            "3 there are too many connections",
            "the tunnel has its 1 connections",
            ending(EndingTest::tooMany)));
  }

  private static Function<EndingTest, RawClient> ending(Function<EndingTest, RawClient> how) {
    return how;
  }

  @ParameterizedTest(name = "{0}: requests that cross the GOAWAY read the same sentence")
  @MethodSource("endings")
  void requestsThatCrossTheGoAwayAreAnswered(
      String what, String why, Function<EndingTest, RawClient> ending) {
    Told told = told(ending.apply(this));
    assertThat(told.why).startsWith(why);
    RawClient client = told.client;
    client.send(client.grpcRequest(3, Frame.END_STREAM, "x-indexed: 1"));
    expectAnswer(client, 3, told.why);
    client.send(client.grpcRequest(5, 0, "x-indexed: 1"), Frame.data(5, Frame.END_STREAM, "12345"));
    expectAnswer(client, 5, told.why);
    client.expect(Frame.windowUpdate(0, 5));
    client.send(client.plainRequest(7, Frame.END_STREAM));
    Block plain = client.readBlock();
    assertThat(plain.field(":status")).isIn("502", "503");
    if (!plain.endStream()) {
      assertThat(client.read(Frame.DATA).text(0)).isEqualTo(told.why);
    }
    client.acknowledge(told.ping);
    assertThat(client.expectLastGoAway(7)).isEqualTo(told.why);
    client.expectEnd();
  }

  @Test
  @DisplayName("3 a request right behind the PING's ACK is answered: clients write the ACK first")
  void requestBehindTheAckIsAnswered() {
    Told told = told(tunnelClosesEarly());
    Frame ack = Frame.of(Frame.PING, Frame.ACK, 0, told.ping.payload());
    told.client.send(ack, told.client.grpcRequest(3, Frame.END_STREAM));
    expectAnswer(told.client, 3, told.why);
    told.client.expectLastGoAway(3);
    told.client.expectEnd();
  }

  @Test
  @DisplayName("3 a client that never acknowledges has its time")
  void clientThatNeverAcknowledgesIsLeft() {
    Told told = told(tunnelClosesEarly());
    assertThat(told.client.expectLastGoAway(1)).isEqualTo(told.why);
    told.client.expectEnd();
  }

  @Test
  @DisplayName("3 PING and SETTINGS are answered to the end, and a block in two frames is read")
  void tunnelIsTheServerToTheEnd() {
    Told told = told(tunnelClosesEarly());
    RawClient client = told.client;
    client.send(Frame.ping(0, 7), Frame.settings(0x4, 100_000), Frame.of(0xb, 0, 0, (byte) 1));
    client.expect(Frame.ping(Frame.ACK, 7), Frame.settingsAck());
    byte[] block = client.grpcRequest(3, 0).payload();
    client.send(
        Frame.of(Frame.HEADERS, Frame.END_STREAM, 3, Arrays.copyOf(block, 5)),
        Frame.of(
            Frame.CONTINUATION, Frame.END_HEADERS, 3, Arrays.copyOfRange(block, 5, block.length)));
    expectAnswer(client, 3, told.why);
    client.send(Frame.reset(3, 8), Frame.windowUpdate(0, 9), Frame.priority(5, 0, 1));
    client.acknowledge(told.ping);
    client.expectLastGoAway(3);
    client.expectEnd();
  }

  @Test
  @DisplayName("3 a header block that began before the end is finished behind it")
  void blockThatBeganBeforeTheEndIsFinished() {
    Rig.Route route = rig.route();
    RawClient client = route.client();
    client.send(client.grpcRequest(1, Frame.END_STREAM));
    route.remote().readBlock();
    byte[] block = client.grpcRequest(3, 0, "x-indexed: 3").payload();
    client.send(
        Frame.ping(0, 1), Frame.of(Frame.HEADERS, Frame.END_STREAM, 3, Arrays.copyOf(block, 5)));
    route.remote().expect(Frame.ping(0, 1));
    route.remote().close();
    Told told = told(client);
    client.send(
        Frame.of(
            Frame.CONTINUATION, Frame.END_HEADERS, 3, Arrays.copyOfRange(block, 5, block.length)));
    client.expect(Frame.reset(3, REFUSED_STREAM));
    client.send(client.grpcRequest(5, Frame.END_STREAM, "x-indexed: 3"));
    client.expect(Frame.reset(5, REFUSED_STREAM));
    client.acknowledge(told.ping);
    client.expectLastGoAway(5);
  }

  @Test
  @DisplayName("3 a client that breaks HTTP/2 while it is waited for reads the error")
  void clientThatBreaksTheProtocolNowIsClosed() {
    // With more settings than the tunnel repeats to another remote, a failure ends the connection.
    int[] many = IntStream.range(0, 33).flatMap(i -> IntStream.of(0x1a2a + i, i)).toArray();
    for (Frame broken :
        new Frame[] {
          Frame.of(Frame.PING, 0, 0, (byte) 1),
          Frame.of(Frame.SETTINGS, 0, 0, (byte) 1),
          Frame.of(Frame.SETTINGS, Frame.ACK, 0, (byte) 1),
          Frame.of(Frame.RST_STREAM, 0, 1, (byte) 1),
          Frame.of(Frame.DATA, 0, 0),
          Frame.of(Frame.DATA, 0, 1, new byte[16_385]),
          Frame.of(Frame.HEADERS, Frame.END_HEADERS, 0),
          Frame.of(Frame.HEADERS, Frame.END_HEADERS, 3, (byte) 0x80),
          Frame.of(Frame.CONTINUATION, Frame.END_HEADERS, 1),
          Frame.of(Frame.PUSH_PROMISE, Frame.END_HEADERS, 1),
        }) {
      RawClient client = asked(rig.client(many));
      closeQuietly(rig.server().acceptTcp());
      client.readFailure();
      client.expectAnnouncement();
      client.send(broken);
      assertThat(client.read(Frame.GOAWAY).number(4)).as("%s", broken).isPositive();
      client.expectEnd();
    }
  }

  @Test
  @DisplayName("3 a client that asks without end gets its number of answers")
  void numberOfAnswersIsBounded() {
    rig.tunnel(builder -> builder.limits(Limits.defaults().maxOpenStreams(10)));
    Told told = told(tunnelClosesEarly());
    for (int id = 3; id <= 3 + 2 * 20; id += 2) {
      told.client.send(told.client.grpcRequest(id, Frame.END_STREAM));
    }
    for (int id = 3; id <= 3 + 2 * 9; id += 2) {
      expectAnswer(told.client, id, told.why);
    }
    told.client.expectLastGoAway(21);
    told.client.expectEnd();
  }

  @Test
  @DisplayName("3 a client that sends without end is cut off")
  void bytesAreBounded() {
    Told told = told(tunnelClosesEarly());
    Frame data = Frame.data(1, 0, 16_384);
    int sent = 0;
    try {
      while (sent < 4_000) {
        told.client.send(data);
        sent++;
      }
    } catch (UncheckedIOException cutOff) {
      // As it should be.
    }
    assertThat(sent).isLessThan(4_000);
  }

  static Stream<Arguments> endsOfAServingRemote() {
    return Stream.of(
        Arguments.of("3 the remote is lost", ending(EndingTest::lost)),
        Arguments.of("3 the remote breaks the protocol", ending(EndingTest::broken)));
  }

  @ParameterizedTest(name = "{0}: requests that cross the GOAWAY are refused, and may be repeated")
  @MethodSource("endsOfAServingRemote")
  void requestsThatCrossALossMayBeRepeated(String what, Function<EndingTest, RawClient> ending) {
    Told told = told(ending.apply(this));
    assertThat(told.why).startsWith("connection to ");
    RawClient client = told.client;
    client.send(client.grpcRequest(3, Frame.END_STREAM, "x-indexed: 1"));
    client.expect(Frame.reset(3, REFUSED_STREAM));
    client.send(client.plainRequest(5, Frame.END_STREAM, "x-indexed: 1"));
    client.expect(Frame.reset(5, REFUSED_STREAM));
    client.acknowledge(told.ping);
    assertThat(client.expectLastGoAway(5)).isEqualTo(told.why);
    client.expectEnd();
  }

  @Test
  @DisplayName("3 what crosses the end of an idle remote is refused, and may be repeated")
  void requestThatCrossesTheEndOfAnIdleRemoteMayBeRepeated() {
    Rig.Route route = rig.route();
    route.remote().close();
    RawClient client = route.client();
    Frame ping = client.expectAnnouncement();
    client.send(client.grpcRequest(1, Frame.END_STREAM));
    client.expect(Frame.reset(1, REFUSED_STREAM));
    client.acknowledge(ping);
    assertThat(client.expectLastGoAway(1)).isEqualTo("the remote closed the connection");
    client.expectEnd();
    assertThat(rig.events(TunnelEvent.RouteLost.class)).isEmpty();
  }

  @Test
  @DisplayName("3 a client whom the remote has told its last stream is not asked again")
  void remotesOwnGoAwayIsEnough() {
    Rig.Route route = rig.route();
    RawClient client = route.client();
    client.send(client.grpcRequest(1, Frame.END_STREAM));
    route.remote().readBlock();
    Frame goAway = Frame.goAway(1, 0, "no more");
    route.remote().send(goAway);
    client.expect(goAway);
    route.remote().close();
    assertThat(client.readBlock().field("grpc-status")).isEqualTo("14");
    client.expectLastGoAway(1);
    client.expectEnd();
  }

  @Test
  @DisplayName("3 a loss in the middle of a drain announces nothing anew")
  void lossWithinADrainWaitsForTheDrainsPing() throws Exception {
    Rig.Route route = rig.route();
    RawClient client = route.client();
    client.send(client.grpcRequest(1, Frame.END_STREAM));
    route.remote().readBlock();
    CompletableFuture<Void> drained =
        CompletableFuture.runAsync(() -> rig.tunnel().close(Duration.ofSeconds(30)));
    assertThat(client.read(Frame.GOAWAY).number(0)).isEqualTo(Integer.MAX_VALUE);
    Frame ping = client.read(Frame.PING);
    route.remote().close();
    String why = client.readBlock().field("grpc-message");
    client.send(client.grpcRequest(3, Frame.END_STREAM));
    client.expect(Frame.reset(3, REFUSED_STREAM));
    client.acknowledge(ping);
    assertThat(client.expectLastGoAway(3)).isEqualTo(why);
    client.expectEnd();
    client.close();
    drained.get(20, TimeUnit.SECONDS);
  }

  /** Takes the answer to the first request, and the announcement behind it. */
  private static Told told(RawClient client) {
    Block answer = client.readBlock();
    assertThat(answer.streamId()).isEqualTo(1);
    assertThat(answer.field("grpc-status")).isEqualTo("14");
    return new Told(client, answer.field("grpc-message"), client.expectAnnouncement());
  }

  private static void expectAnswer(RawClient client, int streamId, String why) {
    Block answer = client.readBlock();
    assertThat(answer.streamId()).isEqualTo(streamId);
    assertThat(answer.endStream()).isTrue();
    assertThat(answer.field(":status")).isEqualTo("200");
    assertThat(answer.field("content-type")).isEqualTo("application/grpc");
    assertThat(answer.field("grpc-status")).isEqualTo("14");
    assertThat(answer.field("grpc-message")).isEqualTo(why);
  }

  // The ends, each of a client that has sent a gRPC request on stream 1.

  private RawClient lost() {
    Rig.Route route = askedRoute();
    route.remote().close();
    return route.client();
  }

  private RawClient broken() {
    Rig.Route route = askedRoute();
    Frame[] flood = new Frame[101];
    Arrays.setAll(flood, i -> Frame.settings());
    route.remote().send(flood);
    for (int i = 0; i < 100; i++) {
      route.client().expect(flood[i]);
    }
    return route.client();
  }

  private RawClient tunnelCloses() {
    Rig.Route route = askedRoute();
    closeInBackground();
    return route.client();
  }

  private RawClient tunnelClosesEarly() {
    RawClient client = asked(rig.client());
    client.send(Frame.ping(0, 1));
    client.expect(Frame.ping(Frame.ACK, 1));
    closeInBackground();
    return client;
  }

  private void closeInBackground() {
    TlsTunnel tunnel = rig.tunnel();
    CompletableFuture<Void> closing = CompletableFuture.runAsync(tunnel::close);
    rig.afterwards(() -> closing.orTimeout(20, TimeUnit.SECONDS).join());
  }

  private RawClient tooMany() {
    rig.tunnel(builder -> builder.limits(Limits.defaults().maxConnections(1)));
    rig.route();
    return asked(rig.client());
  }

  private Rig.Route askedRoute() {
    Rig.Route route = rig.route();
    asked(route.client());
    route.remote().readBlock();
    return route;
  }

  private static void closeQuietly(Socket socket) {
    try {
      socket.close();
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }

  private static RawClient asked(RawClient client) {
    client.send(client.grpcRequest(1, Frame.END_STREAM));
    return client;
  }
}
