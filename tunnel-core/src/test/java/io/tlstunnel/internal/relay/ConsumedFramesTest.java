package io.tlstunnel.internal.relay;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.codec.http2.Http2Error;
import io.tlstunnel.Limits;
import io.tlstunnel.testpeer.Frame;
import io.tlstunnel.testpeer.RawClient;
import io.tlstunnel.testpeer.Rig;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Frames that the tunnel takes, and does not pass on, are judged as their receiver would have. */
@Tag("trials")
class ConsumedFramesTest {
  @RegisterExtension final Rig rig = new Rig();

  static Stream<Arguments> acknowledgements() {
    return Stream.of(
        Arguments.of(
            "33 a SETTINGS ACK with a payload",
            Frame.of(Frame.SETTINGS, Frame.ACK, 0, new byte[6]),
            Http2Error.FRAME_SIZE_ERROR),
        Arguments.of(
            "33 a SETTINGS ACK on a stream",
            Frame.of(Frame.SETTINGS, Frame.ACK, 1),
            Http2Error.PROTOCOL_ERROR));
  }

  @ParameterizedTest(name = "{0}, as the answer to the greeting")
  @MethodSource("acknowledgements")
  void malformedAckOfTheGreetingEndsTheConnection(String what, Frame ack, Http2Error error) {
    RawClient client = rig.silentClient();
    client.sendAtOnce(Frame.settings(), ack);
    expectError(client, error);
  }

  @ParameterizedTest(name = "{0}, once the route stands")
  @MethodSource("acknowledgements")
  void malformedAckEndsARelayedConnection(String what, Frame ack, Http2Error error) {
    Rig.Route route = rig.route();
    route.client().send(ack);
    expectError(route.client(), error);
    route.remote().expectGone();
  }

  @ParameterizedTest(name = "{0}, for the tunnel or the remote")
  @MethodSource("acknowledgements")
  void malformedAckDoesNotStandForTheNextOne(String what, Frame ack, Http2Error error) {
    RawClient client = rig.silentClient();
    client.sendPreface();
    client.send(Frame.settings());
    client.expect(RawClient.GREETING);
    rig.remote().expect(Frame.settings());
    client.send(ack);
    expectError(client, error);
  }

  static Stream<Arguments> framesOnARefusedStream() {
    return Stream.of(
        Arguments.of("33 RST_STREAM of 5 bytes", Frame.of(Frame.RST_STREAM, 0, 3, new byte[5])),
        Arguments.of(
            "33 WINDOW_UPDATE of 3 bytes", Frame.of(Frame.WINDOW_UPDATE, 0, 3, new byte[3])));
  }

  @ParameterizedTest(name = "{0} on a stream that the remote never saw")
  @MethodSource("framesOnARefusedStream")
  void malformedFrameOnARefusedStreamEndsTheConnection(String what, Frame frame) {
    rig.tunnel(builder -> builder.limits(Limits.defaults().maxHeaderFields(10)));
    Rig.Route route = rig.route();
    RawClient client = route.client();
    client.send(client.grpcRequest(3, 0, "a: 1", "b: 2", "c: 3", "d: 4", "e: 5"));
    assertThat(client.readBlock().streamId()).isEqualTo(3);
    client.expect(Frame.reset(3, 0));
    client.send(frame);
    expectError(client, Http2Error.FRAME_SIZE_ERROR);
  }

  @Test
  @DisplayName("33 SETTINGS of a length that none has, before the route stands")
  void settingsOfAnImpossibleLengthEndAWaitingConnection() {
    RawClient client = rig.silentClient();
    client.sendAtOnce(Frame.of(Frame.SETTINGS, 0, 0, new byte[7]));
    expectError(client, Http2Error.FRAME_SIZE_ERROR);
  }

  private static void expectError(RawClient client, Http2Error error) {
    Frame frame = client.read();
    while (frame.type() != Frame.GOAWAY) {
      frame = client.read();
    }
    assertThat(frame.number(4)).isEqualTo((int) error.code());
    client.expectEnd();
  }
}
