package io.tlstunnel.internal.relay;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.codec.http2.Http2Error;
import io.tlstunnel.testpeer.Frame;
import io.tlstunnel.testpeer.Peer;
import io.tlstunnel.testpeer.RawClient;
import io.tlstunnel.testpeer.Rig;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** SETTINGS_HEADER_TABLE_SIZE of the remote, which the tunnel must follow. */
class TableSizeTest {
  private static final int HEADER_TABLE_SIZE = 0x1;

  @RegisterExtension final Rig rig = new Rig();

  @Test
  void whatTheRemoteOffersBeyondTheCapIsLowered() {
    RawClient client = rig.client();
    Peer remote = rig.remote();
    remote.send(Frame.settings(0x3, 9, HEADER_TABLE_SIZE, 1 << 20, 0x4, 70_000));
    client.expect(Frame.settings(0x3, 9, HEADER_TABLE_SIZE, 65_536, 0x4, 70_000));
  }

  @Test
  void largerTableMayBeUsedFromTheMomentThatTheClientKnows() {
    Rig.Route route = rig.route();
    RawClient client = route.client();
    Peer remote = route.remote();
    remote.send(Frame.settings(HEADER_TABLE_SIZE, 20_000));
    client.expect(Frame.settings(HEADER_TABLE_SIZE, 20_000));
    remote.decoderTableSize(20_000);
    client.encoderTableSize(20_000);

    String first = "a".repeat(6_000);
    String second = "b".repeat(6_000);
    for (int id = 1; id < 9; id += 2) {
      client.send(client.grpcRequest(id, 0, "x-first: " + first, "x-second: " + second));
      assertThat(remote.readBlock().fields()).contains("x-first: " + first, "x-second: " + second);
    }
  }

  @Test
  void tableLargerThanAllowedIsACompressionError() {
    Rig.Route route = rig.route();
    route.client().send(Frame.of(Frame.HEADERS, Frame.END_HEADERS, 1, sizeUpdate(4_097)));
    Frame goAway = route.client().read(Frame.GOAWAY);
    assertThat(goAway.number(4)).isEqualTo((int) Http2Error.COMPRESSION_ERROR.code());
    assertThat(goAway.text(8)).isEqualTo("dynamic table size 4097 (expected: at most 4096)");
  }

  @Test
  void decreaseCountsOnlyWhenTheClientHasAcknowledgedIt() {
    Rig.Route route = rig.route();
    RawClient client = route.client();
    Peer remote = route.remote();
    remote.send(Frame.settings(HEADER_TABLE_SIZE, 100));
    client.expect(Frame.settings(HEADER_TABLE_SIZE, 100));
    client.encoderTableSize(4_000);
    client.send(client.grpcRequest(1, 0));
    assertThat(remote.readBlock().streamId()).isEqualTo(1);

    client.send(Frame.settingsAck());
    remote.expect(Frame.settingsAck());
    client.send(Frame.of(Frame.HEADERS, Frame.END_HEADERS, 3, sizeUpdate(101)));
    assertThat(client.read(Frame.GOAWAY).text(8))
        .isEqualTo("dynamic table size 101 (expected: at most 100)");
  }

  /** A block that is nothing but a dynamic table size update (RFC 7541, 6.3). */
  private static byte[] sizeUpdate(int octets) {
    int rest = octets - 31;
    return rest < 128
        ? new byte[] {0x3f, (byte) rest}
        : new byte[] {0x3f, (byte) ((rest & 0x7f) | 0x80), (byte) (rest >>> 7)};
  }
}
