package io.tlstunnel.internal.relay;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.codec.http2.Http2Error;
import io.tlstunnel.testpeer.Frame;
import io.tlstunnel.testpeer.Peer;
import io.tlstunnel.testpeer.RawClient;
import io.tlstunnel.testpeer.Rig;
import java.util.Arrays;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever length of frames a client allows: no remote sends one that the tunnel cannot hold. */
@Tag("trials")
class FrameSizeTest {
  private static final int MAX_FRAME_SIZE = 0x5;
  private static final int INITIAL_WINDOW_SIZE = 0x4;
  private static final int USUAL = 16_384;
  private static final int OF_THE_C_CORE = 1 << 22;

  @RegisterExtension final Rig rig = new Rig();

  @Test
  @DisplayName("4 a client that takes frames of 4 MiB: the remote may send 16,384 bytes")
  void lengthOfFramesIsLoweredWhereverTheClientSaysIt() {
    RawClient client = rig.silentClient();
    client.sendPreface();
    client.send(Frame.settings(0x2, 0, MAX_FRAME_SIZE, OF_THE_C_CORE, INITIAL_WINDOW_SIZE, 1));
    client.expect(RawClient.GREETING);
    client.send(Frame.settingsAck());
    Peer remote = rig.remote();
    remote.expect(Frame.settings(0x2, 0, MAX_FRAME_SIZE, USUAL, INITIAL_WINDOW_SIZE, 1));
    for (byte b : Frame.settings(MAX_FRAME_SIZE, USUAL + 1).encode()) {
      client.sendBytes(new byte[] {b});
    }
    remote.expect(Frame.settings(MAX_FRAME_SIZE, USUAL));
    client.send(Frame.settings(MAX_FRAME_SIZE, (1 << 24) - 1, MAX_FRAME_SIZE, USUAL));
    remote.expect(Frame.settings(MAX_FRAME_SIZE, USUAL, MAX_FRAME_SIZE, USUAL));
  }

  @ParameterizedTest(name = "4 SETTINGS_MAX_FRAME_SIZE {0} is the remote''s to refuse")
  @ValueSource(ints = {0, USUAL - 1, 1 << 24, -1})
  void valueThatNobodyMaySendPasses(int value) {
    Rig.Route route = rig.route();
    route.client().send(Frame.settings(MAX_FRAME_SIZE, value));
    route.remote().expect(Frame.settings(MAX_FRAME_SIZE, value));
  }

  @Test
  @DisplayName("4 a remote that is lost within the longest frame that it may send: trailers, 14")
  void remoteLostWithinTheLongestFrameIsTold() {
    RawClient client = rig.client(MAX_FRAME_SIZE, OF_THE_C_CORE);
    client.send(client.grpcRequest(1, Frame.END_STREAM));
    Peer remote = rig.remote();
    int longest = remote.read(Frame.SETTINGS).number(2);
    remote.readBlock();
    remote.send(Frame.settings(), Frame.settingsAck(), remote.headers(1, 0, ":status: 200"));
    byte[] frame = Frame.data(1, 0, longest).encode();
    remote.sendBytes(Arrays.copyOf(frame, frame.length - 1));
    client.expectUnlimited();
    client.expect(Frame.settings());
    client.readBlock();
    remote.close();
    assertThat(client.readBlock().fields())
        .contains("grpc-status: 14")
        .anyMatch(field -> field.startsWith("grpc-message: connection to 127.0.0.1"));
    client.expectEnding(1);
  }

  @Test
  @DisplayName("4 SETTINGS that are too long to be read: ENHANCE_YOUR_CALM")
  void settingsThatWouldPassUnreadEndTheConnection() {
    Rig.Route route = rig.route(Frame.settings(), Frame.settings(MAX_FRAME_SIZE, 1 << 20));
    route.client().send(Frame.of(Frame.SETTINGS, 0, 0, new byte[16_386]));
    Frame goAway = route.client().read(Frame.GOAWAY);
    assertThat(goAway.number(4)).isEqualTo((int) Http2Error.ENHANCE_YOUR_CALM.code());
    assertThat(goAway.text(8)).isEqualTo("a SETTINGS frame of 16386 bytes");
    route.remote().expectGone();
  }

  @Test
  @DisplayName("4 nothing of the tunnel's own lies within a client's long frame")
  void whatIsGivenBackToTheRemoteWaitsForTheEndOfAFrame() {
    RawClient client = rig.client();
    Peer remote = rig.remote();
    remote.expect(Frame.settings());
    client.send(
        client.grpcRequest(1, Frame.END_STREAM, "grpc-timeout: 1S"), client.grpcRequest(3, 0));
    remote.readBlock();
    remote.readBlock();
    assertThat(client.readBlock().streamId()).isEqualTo(1);
    remote.expect(Frame.reset(1, 8));
    remote.send(Frame.settings(MAX_FRAME_SIZE, 1 << 20), Frame.settingsAck());
    client.expectUnlimited();
    client.expect(Frame.settings(MAX_FRAME_SIZE, 1 << 20));
    client.send(Frame.settingsAck());
    remote.expect(Frame.settingsAck());

    Frame upload = Frame.data(3, 0, 40_000);
    byte[] bytes = upload.encode();
    client.sendBytes(Arrays.copyOf(bytes, 30_000));
    remote.awaitMore();
    Frame late = Frame.data(1, 0, 77);
    remote.send(late);
    remote.pingThrough(client);
    client.sendBytes(Arrays.copyOfRange(bytes, 30_000, bytes.length));
    remote.expect(upload, Frame.windowUpdate(0, 77));
  }
}
