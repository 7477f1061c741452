package io.tlstunnel.internal.relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.tlstunnel.event.Limit;
import io.tlstunnel.event.TunnelEvent;
import io.tlstunnel.testpeer.Block;
import io.tlstunnel.testpeer.Frame;
import io.tlstunnel.testpeer.Peer;
import io.tlstunnel.testpeer.RawClient;
import io.tlstunnel.testpeer.Rig;
import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collections;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * A response that came too late is kept from the client, and what it put into the remote's table
 * with it: every later reference to that, a byte, leaves as a literal.
 */
class LateResponsesTest {
  private static final int ENTRY = 4_000;

  /** As much as a header list may be, and no more. */
  private static final int REFERENCES = 250;

  /** Growth of 4 MiB is the end: this is a little less, and a little more. */
  private static final int BLOCKS_BELOW = 3;

  private static final int BLOCKS_ABOVE = 6;

  @RegisterExtension final Rig rig = new Rig();

  @Test
  void referencesToWhatTheClientNeverSawArriveAsLiterals() {
    Rig.Route route = afterALateResponse();
    route.remote().sendBytes(referringTo(BLOCKS_BELOW));
    for (int i = 0; i < BLOCKS_BELOW; i++) {
      Block block = route.client().readBlock();
      assertThat(block.streamId()).isEqualTo(3);
      assertThat(block.fields())
          .isEqualTo(Collections.nCopies(REFERENCES, "x-large: " + "v".repeat(ENTRY)));
    }
    route.client().pingThrough(route.remote());
  }

  @Test
  void remoteThatRefersToItWithoutEndIsLost() {
    Rig.Route route = afterALateResponse();
    route.remote().sendBytes(referringTo(BLOCKS_ABOVE));
    route.client().expectGone();
    await()
        .atMost(Duration.ofSeconds(10))
        .untilAsserted(
            () ->
                assertThat(rig.events(TunnelEvent.LimitHit.class))
                    .singleElement()
                    .satisfies(
                        hit -> {
                          assertThat(hit.limit()).isEqualTo(Limit.HEADER_EXPANSION);
                          assertThat(hit.message())
                              .startsWith("header blocks refer too often to what was refused");
                        }));
  }

  /** Stream 1 has been answered by the tunnel, stream 3 waits; the table has one large entry. */
  private Rig.Route afterALateResponse() {
    RawClient client = rig.client();
    client.send(
        client.grpcRequest(1, Frame.END_STREAM, "grpc-timeout: 1S"),
        client.grpcRequest(3, Frame.END_STREAM));
    Peer remote = rig.remote();
    remote.expect(Frame.settings());
    remote.readBlock();
    remote.readBlock();
    assertThat(client.readBlock().streamId()).isEqualTo(1);
    remote.expect(Frame.reset(1, 8));

    remote.send(Frame.settings(), Frame.settingsAck());
    client.expectUnlimited();
    client.expect(Frame.settings());
    client.send(Frame.settingsAck());
    remote.expect(Frame.settingsAck());
    remote.send(remote.headers(1, 0, "x-large: " + "v".repeat(ENTRY)));
    return new Rig.Route(client, remote);
  }

  /** So many blocks in one piece, each of nothing but references to the table's newest entry. */
  private static byte[] referringTo(int blocks) {
    byte[] references = new byte[REFERENCES];
    Arrays.fill(references, (byte) (0x80 | 62));
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (int i = 0; i < blocks; i++) {
      bytes.writeBytes(Frame.of(Frame.HEADERS, Frame.END_HEADERS, 3, references).encode());
    }
    return bytes.toByteArray();
  }
}
