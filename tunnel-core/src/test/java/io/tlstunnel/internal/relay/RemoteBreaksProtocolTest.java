package io.tlstunnel.internal.relay;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.codec.http2.Http2Error;
import io.tlstunnel.testpeer.Frame;
import io.tlstunnel.testpeer.Peer;
import io.tlstunnel.testpeer.RawClient;
import io.tlstunnel.testpeer.Rig;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A remote that agreed to h2 and then speaks something else. */
class RemoteBreaksProtocolTest {
  @RegisterExtension final Rig rig = new Rig();

  static Stream<Arguments> firstWords() {
    return Stream.of(
        Arguments.of("HTTP/1.1", "HTTP/1.1 400 Bad Request\r\n\r\n".getBytes(US_ASCII)),
        Arguments.of("a PING", Frame.ping(0, 1).encode()),
        Arguments.of("an ACK of SETTINGS", Frame.settingsAck().encode()),
        Arguments.of("SETTINGS on a stream", Frame.of(Frame.SETTINGS, 0, 1).encode()),
        Arguments.of("endless SETTINGS", beginning(Frame.SETTINGS)),
        Arguments.of("a long frame", beginning(Frame.DATA)));
  }

  /** The first bytes of a frame that is too long to be held. */
  private static byte[] beginning(int type) {
    return Arrays.copyOf(Frame.of(type, 0, 0, new byte[60_000]).encode(), 1_000);
  }

  @ParameterizedTest(name = "first comes {0}")
  @MethodSource("firstWords")
  void firstFrameThatIsNotSettingsIsNamedToTheWaitingRequests(String what, byte[] words) {
    RawClient client = rig.client();
    client.send(client.grpcRequest(1, Frame.END_STREAM));
    Peer remote = rig.remote();
    remote.expect(Frame.settings());
    remote.readBlock();
    remote.sendBytes(words);

    assertThat(client.readFailure().field("grpc-message"))
        .isEqualTo(
            "HTTP/2 SETTINGS from 127.0.0.1:"
                + rig.server().port()
                + " failed: the remote does not keep to HTTP/2: its first bytes are not an HTTP/2"
                + " SETTINGS frame (check that the port serves HTTP/2)");
    client.expectServed();
    Frame goAway = remote.read(Frame.GOAWAY);
    assertThat(goAway.number(4)).isEqualTo((int) Http2Error.PROTOCOL_ERROR.code());
    assertThat(goAway.text(8)).startsWith("its first ");
    remote.expectGone();
  }

  @Test
  void floodOfSettingsEndsTheConnectionWithEveryStreamTold() {
    Rig.Route route = rig.route();
    RawClient client = route.client();
    client.send(client.grpcRequest(1, Frame.END_STREAM));
    route.remote().readBlock();
    route.remote().send(route.remote().headers(1, 0, ":status: 200"));
    Frame[] flood = new Frame[101];
    Arrays.setAll(flood, i -> Frame.settings(0x3, i));
    route.remote().send(flood);

    client.readBlock();
    for (int i = 0; i < 100; i++) {
      client.expect(flood[i]);
    }
    assertThat(client.readBlock().field("grpc-message"))
        .contains("more than 100 SETTINGS frames without an ACK");
    client.expectEnding(1);
    Frame goAway = route.remote().read(Frame.GOAWAY);
    assertThat(goAway.number(4)).isEqualTo((int) Http2Error.ENHANCE_YOUR_CALM.code());
    assertThat(goAway.text(8)).startsWith("more than 100 SETTINGS frames");
  }
}
