package io.tlstunnel.internal.relay;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.codec.http2.Http2Error;
import io.tlstunnel.testpeer.Frame;
import io.tlstunnel.testpeer.RawClient;
import io.tlstunnel.testpeer.Rig;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Header blocks that the tunnel itself has to judge, before and after the route stands. */
class ClientBreaksProtocolTest {
  private static final int END = Frame.END_HEADERS;

  @RegisterExtension final Rig rig = new Rig();

  static Stream<Arguments> offences() {
    return Stream.of(
        offence(
            "a PING within a header block",
            Http2Error.PROTOCOL_ERROR,
            "frame of type 6 within a header block",
            Frame.of(Frame.HEADERS, 0, 1),
            Frame.ping(0, 1)),
        offence(
            "HEADERS within a header block",
            Http2Error.PROTOCOL_ERROR,
            "frame of type 1 within a header block",
            Frame.of(Frame.HEADERS, 0, 1),
            Frame.of(Frame.HEADERS, END, 3)),
        offence(
            "CONTINUATION from nowhere",
            Http2Error.PROTOCOL_ERROR,
            "CONTINUATION on stream 1 continues nothing",
            Frame.of(Frame.CONTINUATION, END, 1)),
        offence(
            "CONTINUATION of another stream",
            Http2Error.PROTOCOL_ERROR,
            "CONTINUATION on stream 3 continues nothing",
            Frame.of(Frame.HEADERS, 0, 1),
            Frame.of(Frame.CONTINUATION, END, 3)),
        offence(
            "HEADERS on stream 0",
            Http2Error.PROTOCOL_ERROR,
            "HEADERS on stream 0",
            Frame.of(Frame.HEADERS, END, 0)),
        offence(
            "padding longer than the frame",
            Http2Error.PROTOCOL_ERROR,
            "padding of 5 bytes exceeds the HEADERS frame",
            Frame.of(Frame.HEADERS, END | Frame.PADDED, 1, (byte) 5, (byte) 0, (byte) 0)),
        offence(
            "HEADERS too short for its padding",
            Http2Error.FRAME_SIZE_ERROR,
            "HEADERS frame too short for its fields",
            Frame.of(Frame.HEADERS, END | Frame.PADDED, 1)),
        offence(
            "HEADERS too short for its priority",
            Http2Error.FRAME_SIZE_ERROR,
            "HEADERS frame too short for its fields",
            Frame.of(Frame.HEADERS, END | Frame.WITH_PRIORITY, 1, new byte[4])),
        offence(
            "a block that cannot be decoded",
            Http2Error.COMPRESSION_ERROR,
            "",
            Frame.of(Frame.HEADERS, END, 1, (byte) 0xfe)),
        offence(
            "a HEADERS frame longer than allowed",
            Http2Error.FRAME_SIZE_ERROR,
            "frame of 16385 bytes",
            Frame.of(Frame.HEADERS, END, 1, new byte[16_385])),
        offence(
            "a flood of empty CONTINUATIONs",
            Http2Error.ENHANCE_YOUR_CALM,
            "header block in more than 128 CONTINUATION frames (maxContinuationFrames)",
            flood(129, 0)));
  }

  private static Arguments offence(String what, Http2Error error, String message, Frame... frames) {
    return Arguments.of(what, error, message, frames);
  }

  private static Frame[] flood(int continuations, int length) {
    List<Frame> frames = new ArrayList<>(List.of(Frame.of(Frame.HEADERS, 0, 1)));
    for (int i = 0; i < continuations; i++) {
      frames.add(Frame.of(Frame.CONTINUATION, 0, 1, new byte[length]));
    }
    return frames.toArray(Frame[]::new);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("offences")
  void relayedConnectionEndsWithTheError(
      String what, Http2Error error, String message, Frame... frames) {
    Rig.Route route = rig.route();
    route.client().send(frames);
    expectGoAway(route.client(), error, message);
    route.remote().expectGone();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("offences")
  void waitingConnectionEndsWithTheError(
      String what, Http2Error error, String message, Frame... frames) {
    RawClient client = rig.client();
    client.send(frames);
    expectGoAway(client, error, message);
  }

  private static void expectGoAway(RawClient client, Http2Error error, String message) {
    Frame goAway = client.read(Frame.GOAWAY);
    assertThat(goAway.number(4)).isEqualTo((int) error.code());
    assertThat(goAway.text(8)).contains(message);
    client.expectEnd();
  }

  @Test
  void endlessHeaderBlockEndsTheConnection() {
    Rig.Route route = rig.route();
    route.client().send(flood(65, 16_384));
    expectGoAway(
        route.client(), Http2Error.ENHANCE_YOUR_CALM, "header block of more than 1048576 bytes");
  }

  @Test
  void endlessHeaderBlockIsNotWaitedForUntilTheRouteStands() {
    RawClient client = rig.client(); // nobody accepts at the remote
    client.send(flood(65, 16_384));
    expectGoAway(client, Http2Error.ENHANCE_YOUR_CALM, "header block of more than 1048576 bytes");
  }

  @Test
  void framesBeforeABrokenOneStillArrive() {
    Rig.Route route = rig.route();
    route.client().send(Frame.ping(0, 7), Frame.of(Frame.HEADERS, Frame.END_HEADERS, 0));
    route.remote().expect(Frame.ping(0, 7));
    route.client().read(Frame.GOAWAY);
  }

  @Test
  void headersMayBeAsLongAsTheRemoteAllows() {
    Rig.Route route = rig.route(Frame.settings(), Frame.settings(0x5, 40_000));
    byte[] block = route.client().grpcRequest(1, 0, "x-long: " + "\u007f".repeat(30_000)).payload();
    assertThat(block.length).isGreaterThan(30_000);
    route.client().send(Frame.of(Frame.HEADERS, END, 1, block));
    assertThat(route.remote().readBlock().field("x-long")).hasSize(30_000);
    route.client().send(Frame.of(Frame.HEADERS, END, 1, new byte[40_001]));
    expectGoAway(
        route.client(),
        Http2Error.FRAME_SIZE_ERROR,
        "header frame of 40001 bytes (the remote allows 40000)");
  }
}
