package io.tlstunnel.internal.relay;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.codec.http2.Http2Error;
import io.tlstunnel.testpeer.Frame;
import io.tlstunnel.testpeer.Peer;
import io.tlstunnel.testpeer.Pump;
import io.tlstunnel.testpeer.RawClient;
import io.tlstunnel.testpeer.Rig;
import java.util.Arrays;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Until the remote speaks the tunnel is the client's server, and leaves nothing open. */
@Tag("trials")
class AnsweredWhileWaitingTest {
  private static final int TABLE_SIZE = 0x1;
  private static final int INITIAL_WINDOW_SIZE = 0x4;

  @RegisterExtension final Rig rig = new Rig();

  @Test
  @DisplayName("2 SETTINGS and PING are answered while nobody answers at the remote")
  void answersAtOnceWhileTheRouteIsBuilt() {
    RawClient client = rig.client(INITIAL_WINDOW_SIZE, 70_000); // and expects the ACK
    client.send(Frame.settings(0x3, 7), Frame.ping(0, 1), client.grpcRequest(1, 0));
    client.expect(Frame.settingsAck(), Frame.ping(Frame.ACK, 1));
    client.send(Frame.ping(0, 2), Frame.settings(INITIAL_WINDOW_SIZE, 80_000));
    client.expect(Frame.ping(Frame.ACK, 2), Frame.settingsAck());
  }

  @Test
  @DisplayName("2 the remote sees the SETTINGS, no PING, and the client one ACK for each")
  void clientReadsOneAckForEach() {
    RawClient client = rig.client(INITIAL_WINDOW_SIZE, 70_000);
    client.send(Frame.ping(0, 1), Frame.settings(0x3, 7), client.grpcRequest(1, 0));
    client.expect(Frame.ping(Frame.ACK, 1), Frame.settingsAck());

    Peer remote = rig.remote();
    remote.expect(Frame.settings(INITIAL_WINDOW_SIZE, 70_000), Frame.settings(0x3, 7));
    assertThat(remote.readBlock().streamId()).isEqualTo(1);
    client.send(Frame.ping(0, 2), Frame.settings(0x6, 9_000));
    client.expect(Frame.ping(Frame.ACK, 2), Frame.settingsAck());
    remote.expect(Frame.settings(0x6, 9_000));

    remote.send(Frame.settings(0x3, 50), Frame.settingsAck());
    client.expect(Frame.settings(0x3, 50));
    client.send(Frame.settings(0x6, 9_001), Frame.ping(0, 3));
    remote.expect(Frame.settings(0x6, 9_001), Frame.ping(0, 3));
    remote.send(Frame.settingsAck(), Frame.settingsAck(), Frame.settingsAck());
    remote.send(Frame.ping(Frame.ACK, 3));
    client.expect(Frame.settingsAck(), Frame.ping(Frame.ACK, 3));
  }

  @Test
  @DisplayName("2 SETTINGS that take something back behind a request are the remote's to answer")
  void whatTakesSomethingBackBehindARequestIsLeftToTheRemote() {
    RawClient client = rig.client();
    client.send(
        client.grpcRequest(1, 0),
        Frame.settings(TABLE_SIZE, 100),
        Frame.settings(INITIAL_WINDOW_SIZE, 80_000), // ACKs come in order
        Frame.ping(0, 1));
    client.expect(Frame.ping(Frame.ACK, 1));

    Peer remote = rig.remote();
    remote.readBlockBehindSettings();
    remote.expect(Frame.settings(TABLE_SIZE, 100), Frame.settings(INITIAL_WINDOW_SIZE, 80_000));
    remote.send(Frame.settings(0x3, 50), Frame.settingsAck());
    Frame answer = remote.headers(1, 0, ":status: 200", "x-before: the ACK");
    remote.send(answer, Frame.settingsAck(), Frame.settingsAck(), Frame.ping(0, 2));
    client.expect(Frame.settings(0x3, 50), answer, Frame.settingsAck(), Frame.settingsAck());
    client.expect(Frame.ping(0, 2));
  }

  @Test
  @DisplayName("2 what was left to a remote that is lost is acknowledged at the end")
  void whatWasLeftToALostRemoteIsAcknowledgedAtTheEnd() {
    RawClient client = rig.client();
    client.send(client.grpcRequest(1, Frame.END_STREAM), Frame.settings(TABLE_SIZE, 100));
    Peer remote = rig.remote();
    remote.readBlockBehindSettings();
    remote.expect(Frame.settings(TABLE_SIZE, 100));
    remote.close();
    client.read(Frame.PING);
    client.expect(Frame.settingsAck());
    client.decoderTableSize(100);
    assertThat(client.readBlock().field("grpc-status")).isEqualTo("14");
    client.expectServed();
  }

  @Test
  @DisplayName("2 SETTINGS that the lost remote had not acknowledged are acknowledged at the end")
  void whatTheLostRemoteHadReadIsAcknowledgedAtTheEnd() {
    Rig.Route route = rig.route();
    RawClient client = route.client();
    client.send(Frame.settings(0x6, 9_000), client.grpcRequest(1, Frame.END_STREAM));
    route.remote().expect(Frame.settings(0x6, 9_000));
    route.remote().readBlock();
    route.remote().close();
    client.expect(Frame.settingsAck());
    assertThat(client.readBlock().field("grpc-status")).isEqualTo("14");
    client.expectEnding(1);
  }

  @Test
  @DisplayName("2 malformed PING and SETTINGS are the remote's to judge")
  void malformedFramesAreLeftToTheRemote() {
    RawClient client = rig.client();
    Frame shortPing = Frame.of(Frame.PING, 0, 0, (byte) 1);
    Frame pingOnStream = Frame.of(Frame.PING, 0, 1, new byte[8]);
    Frame shortSettings = Frame.of(Frame.SETTINGS, 0, 0, (byte) 1);
    Frame settingsOnStream = Frame.of(Frame.SETTINGS, 0, 1);
    client.send(shortPing, pingOnStream, Frame.ping(0, 5));
    client.expect(Frame.ping(Frame.ACK, 5));
    Peer remote = rig.remote();
    remote.expect(Frame.settings(), shortPing, pingOnStream);
    Frame[] malformed = {shortPing, pingOnStream, shortSettings, settingsOnStream};
    client.send(malformed);
    remote.expect(malformed);
  }

  @Test
  @DisplayName("2 a client that sends PING without reading is read no further")
  void answersDoNotPileUp() {
    RawClient client = rig.client();
    byte[] pings = new byte[17 * 1_000];
    for (int i = 0; i < 1_000; i++) {
      System.arraycopy(Frame.ping(0, i).encode(), 0, pings, 17 * i, 17);
    }
    Pump pump = Pump.ofBytes(client, 100_000, i -> pings);
    pump.awaitStalled();
    assertThat(pump.running()).as("the client is still sending its 1.7 GB").isTrue();
  }

  @Test
  @DisplayName("2 more than 100 SETTINGS before the remote's first are too many")
  void settingsAreBounded() {
    RawClient client = rig.client();
    Frame[] flood = new Frame[100];
    Arrays.fill(flood, Frame.settings());
    client.send(flood);
    for (int i = 0; i < 100; i++) {
      client.expect(Frame.settingsAck());
    }
    assertThat(client.read(Frame.GOAWAY).number(4))
        .isEqualTo((int) Http2Error.ENHANCE_YOUR_CALM.code());
    client.expectEnd();
  }
}
