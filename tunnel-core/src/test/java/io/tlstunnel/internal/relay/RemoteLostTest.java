package io.tlstunnel.internal.relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tlstunnel.event.Stage;
import io.tlstunnel.event.TunnelEvent;
import io.tlstunnel.testpeer.Block;
import io.tlstunnel.testpeer.Frame;
import io.tlstunnel.testpeer.Peer;
import io.tlstunnel.testpeer.RawClient;
import io.tlstunnel.testpeer.Rig;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The route stood and broke: nobody may take what has come for all there was. */
class RemoteLostTest {
  private static final int INTERNAL_ERROR = 2;

  @RegisterExtension final Rig rig = new Rig();

  static Stream<Arguments> losses() {
    Consumer<Peer> close = Peer::close;
    Consumer<Peer> reset = Peer::reset;
    return Stream.of(Arguments.of("closes", close), Arguments.of("resets", reset));
  }

  @ParameterizedTest(name = "the remote {0}")
  @MethodSource("losses")
  void everyOpenStreamIsTold(String how, Consumer<Peer> loss) {
    Rig.Route route = rig.route();
    RawClient client = route.client();
    Peer remote = route.remote();
    client.send(
        client.grpcRequest(1, Frame.END_STREAM), // its response begins
        client.grpcRequest(3, 0), // nothing comes back
        client.plainRequest(5, Frame.END_STREAM), // not gRPC, its response begins
        client.plainRequest(7, Frame.END_STREAM), // not gRPC, nothing comes back
        client.grpcRequest(9, Frame.END_STREAM), // is complete
        client.grpcRequest(11, 0), // its response is complete, the request is not
        client.grpcRequest(13, 0), // the client resets it
        Frame.reset(13, 8));
    for (int id = 1; id <= 13; id += 2) {
      assertThat(remote.readBlock().streamId()).isEqualTo(id);
    }
    remote.expect(Frame.reset(13, 8));
    remote.send(
        remote.headers(1, 0, ":status: 200", "content-type: application/grpc", "x: indexed"),
        Frame.data(1, 0, "half an answer"));
    remote.send(remote.headers(5, 0, ":status: 200", "x: indexed"));
    remote.send(remote.headers(9, Frame.END_STREAM, ":status: 200", "grpc-status: 0"));
    remote.send(remote.headers(11, Frame.END_STREAM, ":status: 200", "grpc-status: 0"));
    assertThat(client.readBlock().streamId()).isEqualTo(1);
    client.expect(Frame.data(1, 0, "half an answer"));
    for (int id : new int[] {5, 9, 11}) {
      assertThat(client.readBlock().streamId()).isEqualTo(id);
    }
    loss.accept(remote);

    Block trailers = client.readBlock();
    assertThat(trailers.streamId()).isEqualTo(1);
    assertThat(trailers.endStream()).isTrue();
    assertThat(trailers.fields()).hasSize(2);
    assertThat(trailers.field("grpc-status")).isEqualTo("14");
    assertThat(trailers.field("grpc-message")).startsWith("connection to 127.0.0.1:");
    Block trailersOnly = client.readBlock();
    assertThat(trailersOnly.streamId()).isEqualTo(3);
    assertThat(trailersOnly.endStream()).isTrue();
    assertThat(trailersOnly.field(":status")).isEqualTo("200");
    assertThat(trailersOnly.field("grpc-status")).isEqualTo("14");
    client.expect(Frame.reset(5, INTERNAL_ERROR), Frame.reset(7, INTERNAL_ERROR));
    assertThat(client.expectEnding(13)).startsWith("connection to 127.0.0.1:");
    assertThat(rig.tunnel().stats().routesLost()).isEqualTo(1);
    assertThat(rig.events(TunnelEvent.RouteLost.class))
        .singleElement()
        .satisfies(event -> assertThat(event.failure().stage()).isEqualTo(Stage.RELAY));
  }

  /** An interim response as an encoder may write it. */
  static Stream<Arguments> interimBlocks() {
    return Stream.of(
        Arguments.of("literal", "0803313030"),
        Arguments.of("never indexed, with another name's index", "1903313033"),
        Arguments.of("indexed, Huffman", "48820800"),
        Arguments.of("with its name spelled out", "00073a73746174757303313030"),
        Arguments.of("with its name spelled out, Huffman, added", "4085b8848d36a3820801"),
        Arguments.of("behind a table size update", "3fe11f0803313030"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("interimBlocks")
  void interimResponseIsNoBeginning(String how, String block) {
    Rig.Route route = rig.route();
    RawClient client = route.client();
    client.send(client.grpcRequest(1, Frame.END_STREAM));
    route.remote().readBlock();
    Frame interim = Frame.of(Frame.HEADERS, Frame.END_HEADERS, 1, HexFormat.of().parseHex(block));
    for (byte b : interim.encode()) {
      route.remote().sendBytes(new byte[] {b});
    }
    client.expect(interim);
    route.remote().close();
    Block answer = client.readBlock();
    assertThat(answer.field(":status")).isEqualTo("200");
    assertThat(answer.field("grpc-status")).isEqualTo("14");
  }

  @Test
  void responseBehindAnInterimOneHasBegun() {
    Rig.Route route = rig.route();
    RawClient client = route.client();
    client.send(client.grpcRequest(1, Frame.END_STREAM));
    route.remote().readBlock();
    route.remote().send(route.remote().headers(1, 0, ":status: 103"));
    route.remote().send(route.remote().headers(1, 0, ":status: 200"));
    client.readBlock();
    client.readBlock();
    route.remote().close();
    assertThat(client.readBlock().fields()).hasSize(2).contains("grpc-status: 14");
  }

  @Test
  void halfOfADataFrameIsNotForwardedAndTrailersFollowTheLastWholeOne() {
    Rig.Route route = rig.route();
    RawClient client = route.client();
    Peer remote = route.remote();
    client.send(client.grpcRequest(1, Frame.END_STREAM));
    remote.readBlock();
    remote.send(remote.headers(1, 0, ":status: 200"), Frame.data(1, 0, "whole"));
    byte[] half = Frame.data(1, 0, 10_000).encode();
    remote.sendBytes(Arrays.copyOf(half, 5_000));
    client.readBlock();
    client.expect(Frame.data(1, 0, "whole"));
    remote.close();

    Block trailers = client.readBlock();
    assertThat(trailers.field("grpc-status")).isEqualTo("14");
    client.expectEnding(1);
  }

  @Test
  void halfOfAnEndIsNoEnd() {
    Rig.Route route = rig.route();
    RawClient client = route.client();
    Peer remote = route.remote();
    client.send(client.grpcRequest(1, Frame.END_STREAM));
    remote.readBlock();
    remote.send(remote.headers(1, 0, ":status: 200"));
    byte[] trailers = remote.headers(1, Frame.END_STREAM, "grpc-status: 0").encode();
    remote.sendBytes(Arrays.copyOf(trailers, trailers.length - 1));
    client.readBlock();
    remote.close();
    assertThat(client.readBlock().field("grpc-status")).isEqualTo("14");
  }

  @Test
  void lossWithinAFrameThatIsLongerThanAllowedLeavesNothingToSay() {
    Rig.Route route = rig.route(Frame.settings(0x4, 1 << 24), Frame.settings());
    RawClient client = route.client();
    Peer remote = route.remote();
    client.send(client.grpcRequest(1, Frame.END_STREAM));
    remote.readBlock();
    byte[] half = Frame.data(1, Frame.END_STREAM, 1 << 20).encode();
    remote.sendBytes(Arrays.copyOf(half, half.length - 1));
    remote.close();
    assertThatThrownBy(client::read).hasMessage("the connection ended where a frame was expected");
  }

  @Test
  void lossWithinAHeaderBlockLeavesNothingToSay() {
    Rig.Route route = rig.route();
    RawClient client = route.client();
    Peer remote = route.remote();
    client.send(client.grpcRequest(1, Frame.END_STREAM));
    remote.readBlock();
    Frame begun = Frame.of(Frame.HEADERS, 0, 1, remote.encode(":status: 200"));
    remote.send(begun);
    client.expect(begun);
    remote.close();
    client.expectEnd();
  }

  @Test
  void idleConnectionEndsWithGoAwayAndIsNoFailure() {
    Rig.Route route = rig.route();
    route.client().send(route.client().grpcRequest(1, Frame.END_STREAM));
    route.remote().readBlock();
    route.remote().send(route.remote().headers(1, Frame.END_STREAM, ":status: 200"));
    route.client().readBlock();
    route.remote().close();

    assertThat(route.client().expectEnding(1)).isEqualTo("the remote closed the connection");
    assertThat(rig.events(TunnelEvent.RouteLost.class)).isEmpty();
    assertThat(rig.tunnel().stats().routesLost()).isZero();
  }

  @Test
  void streamsThatTheRemotesGoAwayHasRejectedAreLeftToIt() {
    Rig.Route route = rig.route();
    RawClient client = route.client();
    client.send(client.grpcRequest(1, 0), client.grpcRequest(3, 0));
    route.remote().readBlock();
    route.remote().readBlock();
    Frame goAway = Frame.goAway(1, 0, "not 3");
    route.remote().send(goAway);
    client.expect(goAway);
    route.remote().close();

    Block answer = client.readBlock();
    assertThat(answer.streamId()).isEqualTo(1);
    assertThat(client.read(Frame.GOAWAY).number(0)).as("must not grow").isEqualTo(1);
    client.expectEnd();
  }

  @Test
  void remoteLostBeforeItsFirstFrameIsAnsweredLikeOneThatWasNeverReached() {
    RawClient client = rig.client();
    client.send(client.grpcRequest(1, 0), client.plainRequest(3, Frame.END_STREAM));
    Peer remote = rig.remote();
    remote.expect(Frame.settings());
    remote.readBlock();
    remote.readBlock();
    remote.close();

    assertThat(client.readFailure().field("grpc-status")).isEqualTo("14");
    assertThat(client.readBlock().field(":status")).isEqualTo("502");
    client.read(Frame.DATA);
    client.expectEnding(3);
  }

  @ParameterizedTest(name = "the client {0}")
  @MethodSource("losses")
  void clientThatIsLostTakesItsRemoteConnectionWithIt(String how, Consumer<Peer> loss) {
    Rig.Route route = rig.route();
    route.client().send(route.client().grpcRequest(1, 0));
    route.remote().readBlock();
    loss.accept(route.client());
    route.remote().expectGone();
    assertThat(rig.events(TunnelEvent.RouteLost.class)).isEmpty();
  }
}
