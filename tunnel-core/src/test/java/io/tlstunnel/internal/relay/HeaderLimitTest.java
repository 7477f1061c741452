package io.tlstunnel.internal.relay;

import static org.assertj.core.api.Assertions.assertThat;

import io.tlstunnel.Limits;
import io.tlstunnel.event.TunnelEvent;
import io.tlstunnel.testpeer.Block;
import io.tlstunnel.testpeer.Frame;
import io.tlstunnel.testpeer.Peer;
import io.tlstunnel.testpeer.RawClient;
import io.tlstunnel.testpeer.Rig;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Header lists over a limit: their request is refused, everything else lives on. */
class HeaderLimitTest {
  private static final int CANCEL = 8;
  private static final int ENHANCE_YOUR_CALM = 11;

  @RegisterExtension final Rig rig = new Rig();

  @Test
  void listThatIsTooLongIsRefusedAndTheOthersLiveOnWithTheSameCompressionState() {
    Rig.Route route = rig.route();
    RawClient client = route.client();
    Peer remote = route.remote();
    client.send(client.grpcRequest(1, 0, "x-before: 1"));
    assertThat(remote.readBlock().field("x-before")).isEqualTo("1");

    sendLong(
        client, 3, client.grpcRequest(3, 0, "x-before: 1", "x-new: 2", "x-long: " + long70K()));
    Block refusal = client.readBlock();
    assertThat(refusal.streamId()).isEqualTo(3);
    assertThat(refusal.endStream()).isTrue();
    assertThat(refusal.field(":status")).isEqualTo("200");
    assertThat(refusal.field("grpc-status")).isEqualTo("8");
    assertThat(refusal.field("grpc-message"))
        .matches(
            "request headers of 7\\d{4} bytes in 9 fields exceed the tunnel's limit of 65536 bytes"
                + " in 100 fields \\(maxHeaderListSize, maxHeaderFields\\)");
    client.expect(Frame.reset(3, 0));

    client.send(Frame.data(3, 0, "12345"), Frame.windowUpdate(3, 1), Frame.priority(3, 0, 1));
    client.expect(Frame.windowUpdate(0, 5));
    client.send(Frame.reset(3, CANCEL), Frame.data(1, 0, "alive"));
    remote.expect(Frame.data(1, 0, "alive"));

    client.send(client.grpcRequest(5, Frame.END_STREAM, "x-before: 1", "x-new: 2"));
    assertThat(remote.readBlock().fields())
        .contains(":authority: " + Rig.AUTHORITY, "x-before: 1", "x-new: 2");
    remote.send(remote.headers(5, Frame.END_STREAM, ":status: 200"));
    assertThat(client.readBlock().streamId()).isEqualTo(5);
    assertThat(rig.tunnel().stats().requestsAnswered()).isEqualTo(1);
  }

  private static String long70K() {
    return "\u007f".repeat(70_000);
  }

  /** Sends a header block that does not fit one frame. */
  private static void sendLong(RawClient client, int streamId, Frame headers) {
    byte[] block = headers.payload();
    int flags = headers.flags() & ~Frame.END_HEADERS;
    client.send(Frame.of(Frame.HEADERS, flags, streamId, Arrays.copyOf(block, 16_384)));
    for (int at = 16_384; at < block.length; at += 16_384) {
      int end = Math.min(at + 16_384, block.length);
      client.send(
          Frame.of(
              Frame.CONTINUATION,
              end == block.length ? Frame.END_HEADERS : 0,
              streamId,
              Arrays.copyOfRange(block, at, end)));
    }
  }

  @Test
  void tooManyFieldsAreRefused() {
    Rig.Route route = rig.route();
    RawClient client = route.client();
    String[] fields = IntStream.range(0, 95).mapToObj(i -> "x-" + i + ": v").toArray(String[]::new);
    client.send(client.grpcRequest(1, Frame.END_STREAM, fields));
    Block refusal = client.readBlock();
    assertThat(refusal.field("grpc-status")).isEqualTo("8");
    assertThat(refusal.field("grpc-message")).contains("in 101 fields exceed");

    client.send(client.grpcRequest(3, Frame.END_STREAM, Arrays.copyOf(fields, 94)));
    assertThat(route.remote().readBlock().fields()).hasSize(100);
  }

  @Test
  void requestThatIsNotGrpcIsRefusedWith431() {
    rig.tunnel(builder -> builder.limits(Limits.defaults().maxHeaderListSize(1_024)));
    Rig.Route route = rig.route();
    RawClient client = route.client();
    client.send(client.plainRequest(1, Frame.END_STREAM, "x-long: " + "v".repeat(1_100)));
    Block refusal = client.readBlock();
    assertThat(refusal.fields()).containsExactly(":status: 431");
    // No DATA: what the client gave back of it, the remote would take for its own.
    assertThat(refusal.endStream()).isTrue();
    client.pingThrough(route.remote());
    assertThat(rig.events(TunnelEvent.RequestAnswered.class))
        .singleElement()
        .satisfies(event -> assertThat(event.message()).contains("limit of 1024 bytes"));
  }

  @Test
  void requestThatWaitsIsRefusedAtOnceAndNeverReachesTheRemote() {
    rig.tunnel(builder -> builder.limits(Limits.defaults().maxHeaderFields(10)));
    RawClient client = rig.client();
    client.send(
        client.grpcRequest(1, 0, "a: 1", "b: 2", "c: 3", "d: 4", "e: 5"),
        Frame.data(1, Frame.END_STREAM, "123"),
        client.grpcRequest(3, Frame.END_STREAM, "a: 1", "b: 2"));
    Block refusal = client.readBlock();
    assertThat(refusal.streamId()).isEqualTo(1);
    assertThat(refusal.field("grpc-status")).isEqualTo("8");
    client.expect(Frame.reset(1, 0));

    Peer remote = rig.remote();
    remote.expect(Frame.settings());
    Block request = remote.readBlock();
    assertThat(request.streamId()).isEqualTo(3);
    assertThat(request.fields()).contains("a: 1", "b: 2", ":authority: " + Rig.AUTHORITY);
    client.expect(Frame.windowUpdate(0, 3));
  }

  @Test
  void trailersThatAreTooLongEndTheStreamOnBothSides() {
    rig.tunnel(builder -> builder.limits(Limits.defaults().maxHeaderListSize(1_024)));
    Rig.Route route = rig.route();
    RawClient client = route.client();
    Peer remote = route.remote();
    client.send(client.grpcRequest(1, 0));
    remote.readBlock();
    remote.send(remote.headers(1, 0, ":status: 200"));
    client.readBlock();
    client.send(client.headers(1, Frame.END_STREAM, "x-long: " + "v".repeat(1_100)));

    remote.expect(Frame.reset(1, CANCEL));
    client.expect(Frame.reset(1, ENHANCE_YOUR_CALM)); // gRPC's name for it is RESOURCE_EXHAUSTED
    client.pingThrough(remote);
    assertThat(rig.tunnel().stats().requestsAnswered()).isEqualTo(1);
  }
}
