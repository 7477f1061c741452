package io.tlstunnel.internal.relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.tlstunnel.TlsTunnel;
import io.tlstunnel.event.TunnelEvent;
import io.tlstunnel.testpeer.Block;
import io.tlstunnel.testpeer.Frame;
import io.tlstunnel.testpeer.Peer;
import io.tlstunnel.testpeer.RawClient;
import io.tlstunnel.testpeer.Rig;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
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
 * A route that fails before the remote's first word costs the client no connection: its requests
 * read the reason, and a later one is served if the route then stands.
 */
@Tag("trials")
class RouteTriedAgainTest {
  private static final int TABLE_SIZE = 0x1;
  private static final int INITIAL_WINDOW_SIZE = 0x4;
  private static final int MAX_FRAME_SIZE = 0x5;
  private static final int UNKNOWN = 0x1a2a;

  @RegisterExtension final Rig rig = new Rig();

  /** What a client has been told of a failure, and the PING by which it says that it has heard. */
  private record Told(Frame ping, String reason) {}

  /** How the route of a client that has sent a request on stream 1 fails. */
  private static Arguments failure(String what, String why, Consumer<Rig> how) {
    return Arguments.of("3 " + what, why, how);
  }

  static Stream<Arguments> failures() {
    return Stream.of(
        failure("the remote ends the handshake", "TLS handshake with ", RouteTriedAgainTest::fail),
        failure("no first frame comes", "HTTP/2 SETTINGS from ", Rig::remote),
        failure(
            "the remote is lost before its first frame",
            "HTTP/2 SETTINGS from ",
            rig -> readRequest(rig.remote()).close()),
        failure(
            "the remote's first frame is none of HTTP/2's",
            "HTTP/2 SETTINGS from ",
            rig -> readRequest(rig.remote()).send(Frame.ping(0, 1))));
  }

  @ParameterizedTest(name = "{0}: the client is told, keeps its connection and is served on it")
  @MethodSource("failures")
  void clientKeepsItsConnectionAndIsServed(String what, String why, Consumer<Rig> failure) {
    rig.tunnel(builder -> builder.connectTimeout(Duration.ofSeconds(2)));
    RawClient client = rig.client();
    client.send(client.grpcRequest(1, Frame.END_STREAM, "x-indexed: 1"));
    failure.accept(rig);
    Told told = told(client, 1);
    assertThat(told.reason).startsWith(why);
    client.send(client.grpcRequest(3, Frame.END_STREAM, "x-indexed: 1"));
    assertThat(expectFailure(client, 3)).as("sent before it heard").isEqualTo(told.reason);
    client.expectServed();

    client.acknowledge(told.ping);
    client.send(client.grpcRequest(5, Frame.END_STREAM, "x-indexed: 1"));
    Peer remote = rig.remote();
    remote.expect(Frame.settings());
    Block request = remote.readBlock();
    assertThat(request.streamId()).isEqualTo(5);
    assertThat(request.field("x-indexed")).isEqualTo("1");
    serve(client, remote, 5);
    client.acknowledge(told.ping); // Once more, which nobody has asked for.
    client.pingThrough(remote);
    assertThat(rig.tunnel().stats().connectionsAccepted()).isEqualTo(1);
    assertThat(rig.tunnel().stats().requestsAnswered()).isEqualTo(2);
  }

  @Test
  @DisplayName("3 requests that were sent before their client heard share an attempt's failure")
  void requestsShareAnAttempt() {
    RawClient client = failedClient();
    client.send(
        IntStream.rangeClosed(1, 50)
            .mapToObj(i -> client.grpcRequest(2 * i + 1, Frame.END_STREAM))
            .toArray(Frame[]::new));
    for (int i = 1; i <= 50; i++) {
      expectFailure(client, 2 * i + 1);
    }
    client.expectServed();
    assertThat(rig.events(TunnelEvent.RouteFailed.class)).hasSize(1);
  }

  @Test
  @DisplayName("3 without a request the route is not tried again")
  void nobodyAsksNobodyTries() {
    RawClient client = failedClientThatHasHeard();
    client.send(Frame.settings(UNKNOWN, 1), Frame.windowUpdate(0, 5), Frame.ping(0, 1));
    client.expect(Frame.settingsAck(), Frame.ping(Frame.ACK, 1));
    rig.server().expectNobody();
  }

  @Test
  @DisplayName("3 a remote is told what the client has said of the connection to others before it")
  void nextRemoteIsToldWhatTheClientHasSaid() {
    RawClient client = rig.client(INITIAL_WINDOW_SIZE, 70_000, UNKNOWN, 1, MAX_FRAME_SIZE, 90_000);
    client.send(
        Frame.windowUpdate(0, 1_000),
        client.grpcRequest(1, Frame.END_STREAM),
        Frame.settings(INITIAL_WINDOW_SIZE, 80_000));
    Peer first = rig.remote();
    first.read(Frame.SETTINGS);
    first.expect(Frame.windowUpdate(0, 1_000));
    first.readBlock();
    first.expect(Frame.settings(INITIAL_WINDOW_SIZE, 80_000));
    client.expect(Frame.settingsAck());
    client.send(Frame.windowUpdate(0, 2_000));
    first.expect(Frame.windowUpdate(0, 2_000));
    first.close();
    client.acknowledge(told(client, 1).ping);
    client.send(
        Frame.windowUpdate(0, 4_000),
        Frame.settings(UNKNOWN, 2),
        client.grpcRequest(3, Frame.END_STREAM));
    client.expect(Frame.settingsAck());
    Peer second = rig.remote();
    second.expect(
        Frame.settings(INITIAL_WINDOW_SIZE, 80_000, UNKNOWN, 2, MAX_FRAME_SIZE, 16_384),
        Frame.windowUpdate(0, 7_000));
    assertThat(second.readBlock().streamId()).isEqualTo(3);
    serve(client, second, 3);
    client.send(Frame.settings(UNKNOWN, 3));
    second.expect(Frame.settings(UNKNOWN, 3));
    second.send(Frame.settingsAck());
    client.expect(Frame.settingsAck());
  }

  @Test
  @DisplayName("3 what crosses the failure is dropped, its DATA given back to the window")
  void restOfAnsweredRequestsReachesNoRemote() {
    RawClient client = rig.client();
    client.send(client.grpcRequest(1, 0), Frame.data(1, 0, 700), client.grpcRequest(3, 0));
    fail(rig);
    Told told = told(client, 1);
    expectFailure(client, 3);
    client.expect(Frame.reset(1, 0), Frame.reset(3, 0), Frame.windowUpdate(0, 700));

    client.acknowledge(told.ping);
    client.send(Frame.data(1, 0, 5), client.grpcRequest(5, Frame.END_STREAM));
    client.expect(Frame.windowUpdate(0, 5));
    Peer remote = rig.remote();
    assertThat(remote.readBlockBehindSettings().streamId()).isEqualTo(5);
    client.send(Frame.data(3, 0, 6), client.headers(3, Frame.END_STREAM, "x-indexed: 7"));
    client.send(Frame.reset(1, 8), Frame.windowUpdate(1, 9), Frame.priority(3, 0, 1));
    client.send(client.grpcRequest(7, Frame.END_STREAM, "x-indexed: 7"));
    client.expect(Frame.windowUpdate(0, 6));
    Block request = remote.readBlock();
    assertThat(request.streamId()).isEqualTo(7);
    assertThat(request.field("x-indexed")).isEqualTo("7");
    remote.send(Frame.settings(), Frame.settingsAck());
    client.expectUnlimited();
  }

  @Test
  @DisplayName("3 DATA that a lost remote was sent is given back to the connection's window")
  void dataOfALostRemoteIsGivenBack() {
    RawClient client = rig.client();
    client.send(client.grpcRequest(1, 0), Frame.data(1, 0, 700));
    Peer remote = readRequest(rig.remote());
    client.send(Frame.data(1, 0, 30));
    remote.read(Frame.DATA);
    remote.read(Frame.DATA);
    remote.close();
    told(client, 1);
    client.expect(Frame.reset(1, 0), Frame.windowUpdate(0, 730));
    client.expectServed();
  }

  @Test
  @DisplayName("3 a client that uses a small table still does when another remote is found")
  void tableSizeIsToldToTheNextRemote() {
    RawClient client = rig.client();
    client.encoderTableSize(100);
    client.send(client.grpcRequest(1, Frame.END_STREAM, "x-indexed: 1"));
    fail(rig);
    client.acknowledge(told(client, 1).ping);
    client.send(client.grpcRequest(3, Frame.END_STREAM, "x-indexed: 1"));
    Block request = rig.remote().readBlockBehindSettings();
    assertThat(request.fragment()).as("size update to 100 (RFC 7541, 6.3)").startsWith("3f45");
    assertThat(request.field("x-indexed")).isEqualTo("1");
  }

  @Test
  @DisplayName("3 the next remote is told of a decoder's table that was smaller in the meantime")
  void tableThatWasSmallerIsMentioned() {
    RawClient client = failedClientThatHasHeard();
    client.send(Frame.settings(TABLE_SIZE, 100), Frame.settings(TABLE_SIZE, 8_000));
    client.expect(Frame.settingsAck(), Frame.settingsAck());
    client.send(client.grpcRequest(3, Frame.END_STREAM));
    rig.remote().expect(Frame.settings(TABLE_SIZE, 100, TABLE_SIZE, 8_000));
  }

  @Test
  @DisplayName("3 a route may fail any number of times before it stands")
  void routeMayFailOftenBeforeItStands() {
    RawClient client = failedClientThatHasHeard();
    int next = 3;
    for (int failures = 0; failures < 3; failures++, next += 2) {
      client.send(client.grpcRequest(next, Frame.END_STREAM, "x-indexed: " + next));
      if (failures == 1) {
        readRequest(rig.remote()).close();
      } else {
        fail(rig);
      }
      client.acknowledge(told(client, next).ping);
    }
    client.send(client.grpcRequest(next, Frame.END_STREAM, "x-indexed: 3", "x-indexed: 5"));
    Peer remote = rig.remote();
    assertThat(remote.readBlockBehindSettings().streamId()).isEqualTo(next);
    serve(client, remote, next);
  }

  @Test
  @DisplayName("3 more settings than can be repeated end the connection with the failure")
  void moreSettingsThanCanBeRepeatedEndTheConnection() {
    int[] many = IntStream.range(0, 33).flatMap(i -> IntStream.of(UNKNOWN + i, i)).toArray();
    RawClient client = rig.client(many);
    client.send(client.grpcRequest(1, Frame.END_STREAM));
    fail(rig);
    String reason = told(client, 1).reason;
    assertThat(client.expectEnding(1)).isEqualTo(reason);
  }

  @Test
  @DisplayName("3 a header block that the failure divides is answered, and the connection ends")
  void blockThatTheFailureDividesIsAnswered() {
    RawClient client = rig.client();
    client.send(client.grpcRequest(1, Frame.END_STREAM));
    byte[] block = client.grpcRequest(3, 0).payload();
    client.send(Frame.of(Frame.HEADERS, Frame.END_STREAM, 3, Arrays.copyOf(block, 5)));
    fail(rig);
    String reason = told(client, 1).reason;
    Frame ping = client.expectAnnouncement();
    client.send(
        Frame.of(
            Frame.CONTINUATION, Frame.END_HEADERS, 3, Arrays.copyOfRange(block, 5, block.length)));
    assertThat(expectFailure(client, 3)).isEqualTo(reason);
    client.acknowledge(ping);
    client.expectLastGoAway(3);
    client.expectEnd();
  }

  @Test
  @DisplayName("3 a tunnel that closes tells a client whose route has failed, and waits for it")
  void clientOfAFailedRouteIsToldOfTheClose() throws Exception {
    RawClient client = failedClientThatHasHeard();
    TlsTunnel tunnel = rig.tunnel();
    CompletableFuture<Void> closing = CompletableFuture.runAsync(tunnel::close);
    assertThat(client.expectEnding(1)).isEqualTo("the tunnel was closed");
    client.close();
    closing.get(20, TimeUnit.SECONDS);
  }

  @Test
  @DisplayName("3 a drain ends the connection of a client whose route has failed")
  void drainEndsTheConnection() throws Exception {
    RawClient client = failedClientThatHasHeard();
    TlsTunnel tunnel = rig.tunnel();
    CompletableFuture<Void> closing =
        CompletableFuture.runAsync(() -> tunnel.close(Duration.ofSeconds(20)));
    assertThat(client.read(Frame.GOAWAY).number(0)).isEqualTo(Integer.MAX_VALUE);
    client.acknowledge(client.read(Frame.PING));
    client.expectLastGoAway(1);
    client.expectLastGoAway(1);
    client.expectEnd();
    client.close();
    closing.get(20, TimeUnit.SECONDS);
  }

  @Test
  @DisplayName("3 a failed client that breaks HTTP/2 reads the error")
  void clientThatBreaksTheProtocolIsTold() {
    for (Frame broken :
        new Frame[] {
          Frame.of(Frame.SETTINGS, 0, 0, (byte) 1),
          Frame.of(Frame.WINDOW_UPDATE, 0, 0, (byte) 1),
          Frame.of(Frame.RST_STREAM, 0, 1, (byte) 1),
          Frame.of(Frame.DATA, 0, 1, new byte[16_385]),
          Frame.of(Frame.HEADERS, Frame.END_HEADERS, 0),
          Frame.of(Frame.HEADERS, Frame.END_HEADERS, 3, (byte) 0x80),
          Frame.of(Frame.CONTINUATION, Frame.END_HEADERS, 1),
        }) {
      RawClient client = failedClientThatHasHeard();
      client.send(broken);
      assertThat(client.read(Frame.GOAWAY).number(4)).as("%s", broken).isPositive();
      client.expectEnd();
    }
  }

  @Test
  @DisplayName("3 a client that acknowledges nothing has the route tried again after a moment")
  void clientThatAcknowledgesNothingIsNotForgotten() {
    RawClient client = failedClient();
    long since = System.nanoTime();
    await().until(() -> System.nanoTime() - since > FailedRoute.MOMENT_NANOS);
    client.send(client.grpcRequest(3, Frame.END_STREAM));
    assertThat(rig.remote().readBlockBehindSettings().streamId()).isEqualTo(3);
  }

  @Test
  @DisplayName("3 an ACK for a failure before the last one says nothing of the last one")
  void lateAckSaysNothing() {
    RawClient client = rig.client();
    client.send(client.grpcRequest(1, Frame.END_STREAM));
    fail(rig);
    Told first = told(client, 1);
    client.acknowledge(first.ping);
    client.send(client.grpcRequest(3, Frame.END_STREAM));
    fail(rig);
    Told second = told(client, 3);
    client.acknowledge(first.ping);
    client.send(client.grpcRequest(5, Frame.END_STREAM));
    assertThat(expectFailure(client, 5)).isEqualTo(second.reason);
    rig.server().expectNobody();
  }

  private RawClient failedClientThatHasHeard() {
    RawClient client = rig.client();
    client.send(client.grpcRequest(1, Frame.END_STREAM));
    fail(rig);
    client.acknowledge(told(client, 1).ping);
    return client;
  }

  private RawClient failedClient() {
    RawClient client = rig.client();
    client.send(client.grpcRequest(1, Frame.END_STREAM));
    fail(rig);
    told(client, 1);
    return client;
  }

  private static void fail(Rig rig) {
    try {
      rig.server().acceptTcp().close();
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }

  private static Peer readRequest(Peer remote) {
    remote.readBlockBehindSettings();
    return remote;
  }

  /** Takes the PING that goes in front of the answers, and the first of these. */
  private static Told told(RawClient client, int streamId) {
    Frame ping = client.read(Frame.PING);
    return new Told(ping, expectFailure(client, streamId));
  }

  private static String expectFailure(RawClient client, int streamId) {
    Block answer = client.readBlock();
    assertThat(answer.streamId()).isEqualTo(streamId);
    assertThat(answer.endStream()).isTrue();
    assertThat(answer.field("grpc-status")).isEqualTo("14");
    return answer.field("grpc-message");
  }

  /** The remote says its first word, and answers a request. */
  private static void serve(RawClient client, Peer remote, int streamId) {
    Frame limit = Frame.settings(0x3, 50);
    remote.send(limit, Frame.settingsAck());
    client.expect(limit);
    client.send(Frame.settingsAck());
    remote.expect(Frame.settingsAck());
    remote.send(remote.headers(streamId, Frame.END_STREAM, ":status: 200", "x-served: yes"));
    Block answer = client.readBlock();
    assertThat(answer.streamId()).isEqualTo(streamId);
    assertThat(answer.field("x-served")).isEqualTo("yes");
  }
}
