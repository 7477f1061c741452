package io.tlstunnel.internal.relay;

import static org.assertj.core.api.Assertions.assertThat;

import io.tlstunnel.testpeer.Frame;
import io.tlstunnel.testpeer.Peer;
import io.tlstunnel.testpeer.Pump;
import io.tlstunnel.testpeer.RawClient;
import io.tlstunnel.testpeer.Rig;
import java.io.IOException;
import java.net.Socket;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What happens between a client's preface and the remote's first frame. */
class WaitingForTheRouteTest {
  @RegisterExtension final Rig rig = new Rig();

  @Test
  void clientIsGreetedBeforeTheRemoteHasSaidAnything() {
    rig.client(); // expects the greeting, though nobody accepts at the remote
    assertThat(rig.tunnel().stats().connectionsOpen()).isEqualTo(1);
  }

  @Test
  void acknowledgementOfTheGreetingStaysWithTheTunnelAndLaterOnesPass() {
    RawClient client = rig.silentClient();
    client.sendPreface();
    client.send(Frame.settings(0x3, 1));
    client.expect(RawClient.GREETING, Frame.settingsAck());
    Peer remote = rig.remote();
    remote.expect(Frame.settings(0x3, 1));
    remote.send(Frame.settings(0x3, 2), Frame.settings(0x3, 3));
    client.expect(Frame.settings(0x3, 2), Frame.settings(0x3, 3));

    client.send(Frame.settingsAck());
    client.pingThrough(remote);
    client.send(Frame.settingsAck());
    remote.expect(Frame.settingsAck());
    client.send(Frame.settingsAck());
    remote.expect(Frame.settingsAck());
  }

  /** The client's ACKs come late, so that each must be told from the others. */
  @Test
  void limitOfTheGreetingEndsWithTheFirstWordOfARemoteThatHasNone() {
    RawClient client = rig.silentClient();
    client.sendPreface();
    client.send(Frame.settings());
    client.expect(Frame.settings(0x3, 100), Frame.settingsAck());
    Peer remote = rig.remote();
    remote.expect(Frame.settings());
    remote.send(Frame.settings(0x1, 100, 0x4, 70_000), Frame.settings(), Frame.settings(0x3, 2));
    client.expect(
        Frame.settings(0x3, Integer.MAX_VALUE),
        Frame.settings(0x1, 100, 0x4, 70_000),
        Frame.settings(),
        Frame.settings(0x3, 2));

    client.send(Frame.settingsAck(), Frame.settingsAck());
    client.pingThrough(remote);
    client.encoderTableSize(4_000);
    client.send(client.grpcRequest(1, 0));
    assertThat(remote.readBlock().streamId()).as("the smaller table is not known").isEqualTo(1);
    for (int i = 0; i < 3; i++) {
      client.send(Frame.settingsAck());
      remote.expect(Frame.settingsAck());
    }
    client.encoderTableSize(100);
    client.send(client.grpcRequest(3, 0));
    assertThat(remote.readBlock().streamId()).isEqualTo(3);
  }

  @Test
  void limitOfTheGreetingIsLiftedOnceTheGreetingIsAcknowledgedToo() {
    RawClient client = rig.client();
    Peer remote = rig.remote();
    remote.expect(Frame.settings());
    client.passThrough(remote);
    remote.send(Frame.settings());
    client.expect(Frame.settings(0x3, Integer.MAX_VALUE), Frame.settings());
    client.send(Frame.settingsAck());
    client.pingThrough(remote);
    client.send(Frame.settingsAck());
    remote.expect(Frame.settingsAck());
  }

  @Test
  void requestsSentBeforeTheRouteStandsArriveInOrder() {
    RawClient client = rig.client(0x3, 10);
    Frame unknown = Frame.of(0xa, 0, 0, (byte) 3);
    client.send(
        client.grpcRequest(1, 0, "x-first: 1"),
        Frame.data(1, 0, "early"),
        Frame.windowUpdate(0, 5),
        client.grpcRequest(3, Frame.END_STREAM, "x-first: 1"),
        Frame.reset(3, 8),
        unknown);

    Peer remote = rig.remote();
    remote.expect(Frame.settings(0x3, 10));
    assertThat(remote.readBlock().field("x-first")).isEqualTo("1");
    remote.expect(Frame.data(1, 0, "early"), Frame.windowUpdate(0, 5));
    assertThat(remote.readBlock().streamId()).isEqualTo(3);
    remote.expect(Frame.reset(3, 8), unknown);
    remote.send(Frame.settings(), Frame.settingsAck(), Frame.ping(0, 3));
    client.expectUnlimited();
    client.expect(Frame.settings(), Frame.ping(0, 3));
    client.send(Frame.data(1, Frame.END_STREAM, "late"), client.grpcRequest(5, 0, "x-first: 1"));
    remote.expect(Frame.data(1, Frame.END_STREAM, "late"));
    assertThat(remote.readBlock().field("x-first")).isEqualTo("1");
  }

  @Test
  void frameOfWhichHalfCameBeforeTheRouteArrivesWhole() {
    RawClient client = rig.client();
    byte[] request = client.grpcRequest(1, 0).encode();
    client.sendBytes(Arrays.copyOf(request, request.length / 2));
    Peer remote = rig.remote();
    remote.expect(Frame.settings());
    client.sendBytes(Arrays.copyOfRange(request, request.length / 2, request.length));
    assertThat(remote.readBlock().field(":path")).isEqualTo("/test.Echo/Call");
  }

  @Test
  void headerBlockOfWhichHalfCameBeforeTheRouteArrivesWhole() {
    RawClient client = rig.client();
    byte[] block = client.grpcRequest(1, 0).payload();
    client.send(Frame.of(Frame.HEADERS, 0, 1, Arrays.copyOf(block, 10)));
    Peer remote = rig.remote();
    remote.expect(Frame.settings());
    byte[] rest = Arrays.copyOfRange(block, 10, block.length);
    client.send(Frame.of(Frame.CONTINUATION, Frame.END_HEADERS, 1, rest));
    assertThat(remote.readBlock().field(":path")).isEqualTo("/test.Echo/Call");
  }

  @Test
  void fullWaitingRoomStopsReadingAndLosesNothing() {
    RawClient client = rig.client();
    client.send(client.grpcRequest(1, 0));
    int frames = 2_000;
    Pump pump = new Pump(client, frames, i -> Frame.data(1, 0, 16_000 + i % 7));
    pump.awaitStalled();
    assertThat(pump.running()).as("the client is still sending its 32 MB").isTrue();

    Peer remote = rig.remote();
    remote.expect(Frame.settings());
    remote.readBlock();
    for (int i = 0; i < frames; i++) {
      assertThat(remote.read()).isEqualTo(Frame.data(1, 0, 16_000 + i % 7));
    }
    pump.awaitDone();
  }

  @Test
  void clientThatLeavesTakesTheHalfBuiltRouteWithIt() throws IOException {
    RawClient client = rig.client();
    Socket halfBuilt = rig.server().acceptTcp();
    client.close();
    halfBuilt.setSoTimeout(10_000);
    halfBuilt.getInputStream().readAllBytes(); // the ClientHello, then the end
    halfBuilt.close();
  }
}
