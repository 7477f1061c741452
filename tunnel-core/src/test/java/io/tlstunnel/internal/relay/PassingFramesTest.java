package io.tlstunnel.internal.relay;

import static org.assertj.core.api.Assertions.assertThat;

import io.tlstunnel.testpeer.Block;
import io.tlstunnel.testpeer.Frame;
import io.tlstunnel.testpeer.Peer;
import io.tlstunnel.testpeer.Rig;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Frames that are nobody's business but the two peers'. */
class PassingFramesTest {
  private static final int UNKNOWN_TYPE = 0xbe;

  @RegisterExtension final Rig rig = new Rig();

  @Test
  void streamIdsAreTheSameOnBothSides() {
    Rig.Route route = rig.route();
    for (int id : new int[] {1, 5, 0x7fff_fff1}) {
      route.client().send(route.client().grpcRequest(id, Frame.END_STREAM));
      assertThat(route.remote().readBlock().streamId()).isEqualTo(id);
      route.remote().send(route.remote().headers(id, Frame.END_STREAM, ":status: 200"));
      assertThat(route.client().readBlock().streamId()).isEqualTo(id);
    }
  }

  @Test
  void framesOfTheClientReachTheRemoteByteForByte() {
    Rig.Route route = rig.route();
    route.client().send(route.client().grpcRequest(1, 0));
    route.remote().readBlock();
    passUnchanged(route.client(), route.remote());
  }

  @Test
  void framesOfTheRemoteReachTheClientByteForByte() {
    Rig.Route route = rig.route();
    route.client().send(route.client().grpcRequest(1, 0));
    route.remote().readBlock();
    Frame head = route.remote().headers(1, 0, ":status: 200", "content-type: application/grpc");
    Frame continued = Frame.of(Frame.HEADERS, 0, 1, head.payload());
    Frame rest = Frame.of(Frame.CONTINUATION, Frame.END_HEADERS, 1);
    route.remote().send(continued, rest);
    route.client().expect(continued, rest);
    passUnchanged(route.remote(), route.client());
  }

  private static void passUnchanged(Peer from, Peer to) {
    byte[] padded = new byte[100];
    padded[0] = 20;
    padded[1] = 'x';
    Frame[] frames = {
      Frame.data(1, 0, "hello"),
      Frame.of(Frame.DATA, Frame.PADDED, 1, padded),
      Frame.data(1, 0, 0),
      Frame.data(1, 0, 16_384),
      Frame.windowUpdate(0, 1_000_000),
      Frame.windowUpdate(1, 77),
      Frame.ping(0, 0x0123_4567_89ab_cdefL),
      Frame.ping(Frame.ACK, 42),
      Frame.priority(1, 0x8000_0000, 255),
      Frame.settings(0x4, 100_000, 0x3, 7, 0xf00d, 9),
      Frame.settingsAck(),
      Frame.of(UNKNOWN_TYPE, 0xff, 1, (byte) 1, (byte) 2),
      Frame.of(UNKNOWN_TYPE, 0, 0),
      Frame.data(1, Frame.END_STREAM, "bye"),
      Frame.reset(1, 8),
      Frame.goAway(1, 0, "done"),
    };
    from.send(frames);
    to.expect(frames);
    for (Frame frame : frames) {
      from.send(frame);
      to.expect(frame);
    }
  }

  @Test
  void clientHalfCloseKeepsResponseFlowing() {
    Rig.Route route = rig.route();
    route.client().send(route.client().grpcRequest(1, 0), Frame.data(1, Frame.END_STREAM, "all"));
    route.remote().readBlock();
    route.remote().expect(Frame.data(1, Frame.END_STREAM, "all"));

    route.remote().send(route.remote().headers(1, 0, ":status: 200"), Frame.data(1, 0, "a"));
    assertThat(route.client().readBlock().endStream()).isFalse();
    route.client().expect(Frame.data(1, 0, "a"));
    route.remote().send(Frame.data(1, 0, "b"));
    route.client().expect(Frame.data(1, 0, "b"));
    route.remote().send(route.remote().headers(1, Frame.END_STREAM, "grpc-status: 0"));
    Block trailers = route.client().readBlock();
    assertThat(trailers.endStream()).isTrue();
    assertThat(trailers.fields()).containsExactly("grpc-status: 0");
  }

  @Test
  void responseMayEndBeforeTheRequestDoes() {
    Rig.Route route = rig.route();
    route.client().send(route.client().grpcRequest(1, 0));
    route.remote().readBlock();
    route
        .remote()
        .send(route.remote().headers(1, Frame.END_STREAM, ":status: 200", "grpc-status: 5"));
    assertThat(route.client().readBlock().endStream()).isTrue();

    route.client().send(Frame.data(1, 0, "still"), Frame.data(1, Frame.END_STREAM, "sending"));
    route.remote().expect(Frame.data(1, 0, "still"), Frame.data(1, Frame.END_STREAM, "sending"));
  }

  @Test
  void frameLargerThanTheDefaultStreamsToARemoteThatAllowsIt() {
    int allowed = 1 << 20;
    Rig.Route route = rig.route(Frame.settings(), Frame.settings(0x5, allowed, 0x4, 1 << 24));
    route.client().send(route.client().grpcRequest(1, 0));
    route.remote().readBlock();

    Frame up = Frame.data(1, 0, allowed);
    route.client().send(up);
    route.remote().expect(up);
  }

  @Test
  void framesInPiecesArriveWhole() {
    Rig.Route route = rig.route();
    Frame headers = route.client().grpcRequest(1, 0);
    Frame data = Frame.data(1, Frame.END_STREAM, "in pieces");
    for (Frame frame : new Frame[] {headers, data, Frame.ping(0, 1), Frame.settings(0x3, 5)}) {
      for (byte b : frame.encode()) {
        route.client().sendBytes(new byte[] {b});
      }
    }
    assertThat(route.remote().readBlock().field("te")).isEqualTo("trailers");
    route.remote().expect(data, Frame.ping(0, 1), Frame.settings(0x3, 5));

    Frame answer = Frame.goAway(1, 0, "a text that comes byte by byte");
    for (byte b : answer.encode()) {
      route.remote().sendBytes(new byte[] {b});
    }
    route.client().expect(answer);
  }

  @Test
  void manyStreamsShareOneConnection() {
    Rig.Route route = rig.route();
    int streams = 500;
    for (int i = 0; i < streams; i++) {
      route.client().send(route.client().grpcRequest(2 * i + 1, Frame.END_STREAM, "n: " + i));
    }
    for (int i = 0; i < streams; i++) {
      assertThat(route.remote().readBlock().field("n")).isEqualTo(String.valueOf(i));
    }
    for (int i = streams - 1; i >= 0; i--) {
      int id = 2 * i + 1;
      route
          .remote()
          .send(route.remote().headers(id, Frame.END_STREAM, ":status: 200", "grpc-status: 0"));
    }
    for (int i = streams - 1; i >= 0; i--) {
      assertThat(route.client().readBlock().streamId()).isEqualTo(2 * i + 1);
    }
  }
}
