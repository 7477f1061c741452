package io.tlstunnel.internal.relay;

import static org.assertj.core.api.Assertions.assertThat;

import io.tlstunnel.TlsTunnelBuilder;
import io.tlstunnel.testpeer.Block;
import io.tlstunnel.testpeer.Frame;
import io.tlstunnel.testpeer.Rig;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What the remote reads of a request's headers, and in which frames. */
class RequestHeadersTest {
  private static final int DEFAULT_FRAME = 16_384;

  @RegisterExtension final Rig rig = new Rig();

  @Test
  void authorityAndSchemeAreReplacedAndNothingElse() {
    Rig.Route route = rig.route();
    for (int id = 1; id < 9; id += 2) {
      route.client().send(route.client().grpcRequest(id, 0, "x-b: 1", "x-a: 2", "x-b: 3"));
      assertThat(route.remote().readBlock().fields())
          .containsExactly(
              ":method: POST",
              ":scheme: https",
              ":path: /test.Echo/Call",
              ":authority: " + Rig.AUTHORITY,
              "content-type: application/grpc",
              "te: trailers",
              "x-b: 1",
              "x-a: 2",
              "x-b: 3");
    }
  }

  @Test
  void authorityCanBeAnythingThatTheRemoteWants() {
    rig.tunnel(builder -> builder.authority("other.test:8443"));
    Rig.Route route = rig.route();
    route.client().send(route.client().grpcRequest(1, 0));
    assertThat(route.remote().readBlock().field(":authority")).isEqualTo("other.test:8443");
  }

  @Test
  void preserveAuthorityKeepsTheClients() {
    rig.tunnel(TlsTunnelBuilder::preserveAuthority);
    Rig.Route route = rig.route();
    route.client().send(route.client().grpcRequest(1, 0));
    Block request = route.remote().readBlock();
    assertThat(request.field(":authority")).isEqualTo("client.test");
    assertThat(request.field(":scheme")).isEqualTo("https");
  }

  @Test
  void trailersPassUntouched() {
    Rig.Route route = rig.route();
    route.client().send(route.client().grpcRequest(1, 0), Frame.data(1, 0, "x"));
    route.remote().readBlock();
    route.remote().expect(Frame.data(1, 0, "x"));
    route.client().send(route.client().headers(1, Frame.END_STREAM, "checksum: 17"));
    Block trailers = route.remote().readBlock();
    assertThat(trailers.fields()).containsExactly("checksum: 17");
    assertThat(trailers.endStream()).isTrue();
  }

  @Test
  void neverIndexedFieldsStayNeverIndexed() {
    Rig.Route route = rig.route();
    byte[] block = route.client().grpcRequest(1, 0, "authorization: Bearer s3cret").payload();
    route.client().send(Frame.of(Frame.HEADERS, Frame.END_HEADERS, 1, block));
    Block request = route.remote().readBlock();

    // A literal, never indexed, whose name is entry 23 of the static table (RFC 7541, 6.2.3).
    String sent = HexFormat.of().formatHex(block);
    String literal = sent.substring(sent.lastIndexOf("1f08"));
    assertThat(request.fragment()).endsWith(literal);
    assertThat(request.field("authorization")).isEqualTo("Bearer s3cret");
  }

  @Test
  void paddingAndPriorityAreKept() {
    Rig.Route route = rig.route();
    byte[] block = route.client().grpcRequest(3, 0).payload();
    ByteBuffer payload = ByteBuffer.allocate(1 + 5 + block.length + 200);
    payload.put((byte) 200).putInt(0x8000_0001).put((byte) 99).put(block);
    int flags = Frame.PADDED | Frame.WITH_PRIORITY | Frame.END_HEADERS | Frame.END_STREAM;
    route.client().send(Frame.of(Frame.HEADERS, flags, 3, payload.array()));

    Block request = route.remote().readBlock();
    Frame frame = request.frames().get(0);
    assertThat(frame.flags()).isEqualTo(flags);
    assertThat(frame.payload()[0] & 0xff).isEqualTo(200);
    assertThat(frame.number(1)).isEqualTo(0x8000_0001);
    assertThat(frame.payload()[5]).isEqualTo((byte) 99);
    assertThat(frame.length()).isEqualTo(1 + 5 + request.fragment().length() / 2 + 200);
    assertThat(request.field(":authority")).isEqualTo(Rig.AUTHORITY);
  }

  @Test
  void blockInSeveralFramesIsOneBlock() {
    Rig.Route route = rig.route();
    for (int quarters = 0; quarters <= 4; quarters++) {
      byte[] block = route.client().grpcRequest(1, 0, "x-field: value").payload();
      int cut = block.length * quarters / 4;
      route
          .client()
          .send(
              Frame.of(Frame.HEADERS, Frame.END_STREAM, 1, Arrays.copyOf(block, cut)),
              Frame.of(Frame.CONTINUATION, 0, 1),
              Frame.of(
                  Frame.CONTINUATION,
                  Frame.END_HEADERS,
                  1,
                  Arrays.copyOfRange(block, cut, block.length)));
      Block request = route.remote().readBlock();
      assertThat(request.field("x-field")).isEqualTo("value");
      assertThat(request.endStream()).isTrue();
    }
  }

  @Test
  void blockThatGrowsOverTheFrameSizeLeavesAsContinuation() {
    rig.tunnel(builder -> builder.authority("a".repeat(200) + ".test"));
    Rig.Route route = rig.route();
    byte[] block = blockOf(route, DEFAULT_FRAME);
    Frame full = Frame.of(Frame.HEADERS, Frame.END_HEADERS | Frame.END_STREAM, 1, block);
    route.client().send(full);

    Block request = route.remote().readBlock();
    List<Frame> frames = request.frames();
    assertThat(frames).hasSize(2);
    assertThat(frames.get(0).length()).isEqualTo(DEFAULT_FRAME);
    assertThat(frames.get(0).flags()).isEqualTo(Frame.END_STREAM);
    assertThat(frames.get(1).flags()).isEqualTo(Frame.END_HEADERS);
    assertThat(request.field(":authority")).startsWith("aaa");

    route.client().send(route.client().grpcRequest(3, 0));
    assertThat(route.remote().readBlock().streamId()).isEqualTo(3);
  }

  /** A request whose block has exactly this length. */
  private static byte[] blockOf(Rig.Route route, int length) {
    byte[] block = route.client().grpcRequest(1, Frame.END_STREAM).payload();
    // A literal without indexing whose name is "x"; its value's length takes three octets.
    int value = length - block.length - 6;
    byte[] exact = Arrays.copyOf(block, length);
    ByteBuffer.wrap(exact, block.length, 6)
        .put(new byte[] {0, 1, 'x', 127})
        .put((byte) (((value - 127) & 0x7f) | 0x80))
        .put((byte) ((value - 127) >>> 7));
    Arrays.fill(exact, length - value, length, (byte) 'v');
    return exact;
  }

  @Test
  void blockOfManyFramesLeavesWhole() {
    Rig.Route route = rig.route();
    byte[] block = route.client().grpcRequest(1, 0, "x-long: " + "\u007f".repeat(50_000)).payload();
    assertThat(block.length).isGreaterThan(3 * DEFAULT_FRAME);
    route.client().send(Frame.of(Frame.HEADERS, 0, 1, Arrays.copyOf(block, 10_000)));
    for (int at = 10_000; at < block.length; at += 10_000) {
      int end = Math.min(at + 10_000, block.length);
      route
          .client()
          .send(
              Frame.of(
                  Frame.CONTINUATION,
                  end == block.length ? Frame.END_HEADERS : 0,
                  1,
                  Arrays.copyOfRange(block, at, end)));
    }
    Block request = route.remote().readBlock();
    assertThat(request.field("x-long")).hasSize(50_000);
    assertThat(request.frames()).allMatch(frame -> frame.length() <= DEFAULT_FRAME);
  }

  @Test
  void requestFramesKeepTheirOrderAroundHeaders() {
    Rig.Route route = rig.route();
    route
        .client()
        .send(
            Frame.ping(0, 1),
            route.client().grpcRequest(1, 0),
            Frame.data(1, 0, "one"),
            Frame.windowUpdate(1, 9),
            route.client().grpcRequest(3, Frame.END_STREAM),
            Frame.ping(0, 2));
    route.remote().expect(Frame.ping(0, 1));
    assertThat(route.remote().readBlock().streamId()).isEqualTo(1);
    route.remote().expect(Frame.data(1, 0, "one"), Frame.windowUpdate(1, 9));
    assertThat(route.remote().readBlock().streamId()).isEqualTo(3);
    route.remote().expect(Frame.ping(0, 2));
  }
}
