package io.tlstunnel.internal.relay;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.codec.http2.Http2Error;
import io.tlstunnel.Limits;
import io.tlstunnel.testpeer.Block;
import io.tlstunnel.testpeer.Frame;
import io.tlstunnel.testpeer.Peer;
import io.tlstunnel.testpeer.RawClient;
import io.tlstunnel.testpeer.Rig;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * The tunnel's answers lie between the remote's responses, whose compression state they share. The
 * client's decoder is Netty's, which refuses a block that does not say what is due (RFC 7541, 4.2).
 */
@Tag("trials")
class OwnAnswersTableSizeTest {
  private static final int HEADER_TABLE_SIZE = 0x1;
  private static final int DEFAULT = 4_096;
  private static final String[] TOO_MANY = {"a: 1", "b: 2", "c: 3", "d: 4", "e: 5"};
  private static final String ENTRY = "x-entry: of the table that both share";

  @RegisterExtension final Rig rig = new Rig();
  private RawClient client;
  private Peer remote;

  @BeforeEach
  void beginAResponse() {
    rig.tunnel(builder -> builder.limits(Limits.defaults().maxHeaderFields(10)));
    Rig.Route route = rig.route();
    client = route.client();
    remote = route.remote();
    client.send(client.grpcRequest(1, Frame.END_STREAM));
    remote.readBlock();
    remote.send(remote.headers(1, 0, ":status: 200", ENTRY));
    client.readBlock();
  }

  @Test
  @DisplayName("31 an answer before the ACK of a smaller table leaves the table as it is")
  void answerBeforeTheAckSaysNothing() {
    client.send(Frame.settings(HEADER_TABLE_SIZE, 50));
    assertThat(updates(refused(3))).isEmpty();
    remote.send(remote.headers(1, Frame.END_STREAM, ENTRY, "grpc-status: 0"));
    assertThat(client.readBlock().fields()).contains(ENTRY);
  }

  @Test
  @DisplayName("31 the first answer behind the ACK of a smaller table says so, once")
  void answerBehindTheAckSaysWhatIsDue() {
    tableSize(50);
    assertThat(updates(refused(3))).containsExactly(50);
    assertThat(updates(refused(5))).isEmpty();
    remote.send(remote.headers(1, Frame.END_STREAM, ENTRY, "grpc-status: 0"));
    assertThat(client.readBlock().fields()).contains(ENTRY);
  }

  @Test
  @DisplayName("31 what the remote's block has said is not said again")
  void answerBehindTheRemotesBlockSaysNothing() {
    tableSize(50);
    remote.send(remote.headers(1, 0, "x-more: 1"));
    Block more = client.readBlock();
    assertThat(updates(more)).containsExactly(50);
    assertThat(updates(refused(3))).isEmpty();
  }

  @Test
  @DisplayName("31 of a table that became smaller and larger again the smallest size is said")
  void answerSaysTheSmallestSize() {
    tableSize(50);
    tableSize(DEFAULT);
    assertThat(updates(refused(3))).containsExactly(50);
    remote.send(remote.headers(1, 0, ENTRY));
    client.readBlock();
    remote.send(remote.headers(1, Frame.END_STREAM, ENTRY));
    assertThat(client.readBlock().fields()).containsExactly(ENTRY);
  }

  @Test
  @DisplayName("31 a table that is smaller than before though larger than the default")
  void answerSaysThatALargeTableBecameSmaller() {
    tableSize(20_000);
    remote.send(remote.headers(1, 0, "x-more: 1"));
    client.readBlock();
    tableSize(10_000);
    assertThat(updates(refused(3))).containsExactly(10_000);
    remote.send(remote.headers(1, Frame.END_STREAM, ENTRY));
    assertThat(client.readBlock().fields()).containsExactly(ENTRY);
  }

  @Test
  @DisplayName("31 trailers of a lost remote say what is due")
  void trailersOfALostRemoteSayWhatIsDue() {
    tableSize(0);
    remote.close();
    Block trailers = client.readBlock();
    assertThat(updates(trailers)).containsExactly(0);
    assertThat(trailers.field("grpc-status")).isEqualTo("14");
  }

  @Test
  @DisplayName("31 a client that changes its table without end is told to calm down")
  void changesThatNobodyAcknowledgesAreNotKept() {
    for (int i = 0; i <= SettingsInFlight.MAX_UNACKNOWLEDGED; i++) {
      client.send(Frame.settings(HEADER_TABLE_SIZE, i));
    }
    Frame goAway = client.read(Frame.GOAWAY);
    assertThat(goAway.number(4)).isEqualTo((int) Http2Error.ENHANCE_YOUR_CALM.code());
    assertThat(goAway.text(8))
        .isEqualTo("more than 100 changes of SETTINGS_HEADER_TABLE_SIZE without an ACK");
  }

  @Test
  @DisplayName("31 SETTINGS that leave the table as it is may wait for their ACK in any number")
  void otherSettingsAreNotCounted() {
    for (int i = 0; i <= SettingsInFlight.MAX_UNACKNOWLEDGED; i++) {
      client.send(Frame.settings(0x3, i, HEADER_TABLE_SIZE, DEFAULT));
    }
    for (int i = 0; i <= SettingsInFlight.MAX_UNACKNOWLEDGED; i++) {
      remote.expect(Frame.settings(0x3, i, HEADER_TABLE_SIZE, DEFAULT));
    }
  }

  /** Both ends agree on another size of the table for responses. */
  private void tableSize(int octets) {
    client.send(Frame.settings(HEADER_TABLE_SIZE, octets));
    remote.expect(Frame.settings(HEADER_TABLE_SIZE, octets));
    remote.encoderTableSize(octets);
    remote.send(Frame.settingsAck());
    client.expect(Frame.settingsAck());
    client.decoderTableSize(octets);
  }

  /** The tunnel's own answer to a request that exceeds its limit. */
  private Block refused(int streamId) {
    client.send(client.grpcRequest(streamId, Frame.END_STREAM, TOO_MANY));
    Block answer = client.readBlock();
    assertThat(answer.streamId()).isEqualTo(streamId);
    assertThat(answer.field("grpc-status")).isEqualTo("8");
    return answer;
  }

  /** The table size updates with which a block begins (RFC 7541, 6.3). */
  private static List<Integer> updates(Block block) {
    byte[] octets = HexFormat.of().parseHex(block.fragment());
    List<Integer> sizes = new ArrayList<>();
    int at = 0;
    while ((octets[at] & 0xe0) == 0x20) {
      int size = octets[at++] & 0x1f;
      if (size == 0x1f) {
        int shift = 0;
        int octet;
        do {
          octet = octets[at++];
          size += (octet & 0x7f) << shift;
          shift += 7;
        } while (octet < 0);
      }
      sizes.add(size);
    }
    return sizes;
  }
}
