package io.tlstunnel.internal.relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.tlstunnel.event.Limit;
import io.tlstunnel.internal.wire.HeaderRules;
import io.tlstunnel.internal.wire.HpackException;
import io.tlstunnel.internal.wire.RequestHeaderTranscoder;
import io.tlstunnel.testpeer.Frame;
import io.tlstunnel.testpeer.RawClient;
import io.tlstunnel.testpeer.Rig;
import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.util.Arrays;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A header block that cannot be decoded leaves nothing behind for the remote: a frame without its
 * block would be a valid one, and an empty end of a request commits it.
 */
@Tag("trials")
class DamagedBlockTest {
  private static final byte[] BEFORE = Frame.ping(0, 7).encode();
  private static final int STREAM = 5;
  private static final byte PADDING = 3;
  private static final int[] DAMAGES = {0x01, 0x02, 0x04, 0x08, 0x10, 0x20, 0x3f, 0x40, 0x80, 0xff};

  /** Each representation with static, dynamic and literal names, plain and Huffman-encoded. */
  private static final byte[] BLOCK =
      ByteBufUtil.decodeHexDump(
          "3fe11f" // table size 4096
              + "83" // :method: POST
              + "86" // :scheme: http
              + "4106636c69656e74" // :authority, added
              + "048cf1e3c2e5f23a6ba0ab90f4ff" // :path, Huffman
              + "5886a8eb10649cbf" // cache-control, Huffman, added
              + "400178017a" // x: z, added
              + "7e0179" // x: y, added, named by an entry
              + "0f10106170706c69636174696f6e2f67727063" // content-type
              + "100c677270632d74696d656f7574023153" // grpc-timeout, never indexed
              + "be"); // x: y, by its entry

  private static final RelayLimits LIMITS =
      new RelayLimits(
          1 << 16,
          100,
          128,
          100,
          100,
          1 << 20,
          Duration.ofSeconds(10),
          Duration.ofSeconds(10),
          Duration.ofSeconds(10));

  @RegisterExtension final Rig rig = new Rig();

  /** What is around a block, and what came before it. */
  enum Shape {
    REQUEST("headers", 0),
    LAST_REQUEST("headers with END_STREAM", Frame.END_STREAM),
    PADDED("padded headers", Frame.END_STREAM | Frame.PADDED),
    PRIORITIZED("headers with a priority", Frame.END_STREAM | Frame.WITH_PRIORITY),
    BOTH("padded headers with a priority", Frame.PADDED | Frame.WITH_PRIORITY),
    CONTINUED("headers and CONTINUATION", Frame.END_STREAM),
    TRAILERS("trailers", Frame.END_STREAM),
    AFTER_A_REFUSED_ONE("headers behind a refused request's", Frame.END_STREAM),
    REPEATED("headers that resemble the last request's", Frame.END_STREAM);

    private final String shown;
    private final int flags;

    Shape(String shown, int flags) {
      this.shown = shown;
      this.flags = flags;
    }

    @Override
    public String toString() {
      return "30 " + shown;
    }
  }

  @ParameterizedTest(name = "{0}: whole or not at all, whichever octet is damaged")
  @EnumSource(Shape.class)
  void frameIsWrittenWholeOrNotAtAll(Shape shape) throws Http2Exception {
    Set<String> complaints = new TreeSet<>();
    for (int at = 0; at < BLOCK.length; at++) {
      complaints.add(rewrite(shape, Arrays.copyOf(BLOCK, at)));
      for (int damage : DAMAGES) {
        byte[] damaged = BLOCK.clone();
        damaged[at] ^= (byte) damage;
        complaints.add(rewrite(shape, damaged));
        damaged[at] = (byte) damage;
        complaints.add(rewrite(shape, damaged));
      }
    }
    for (String complaint :
        new String[] {
          "index 0",
          "index 1",
          "string of",
          "header block ends within a field",
          "integer too large",
          "dynamic table size",
          "Huffman string"
        }) {
      assertThat(complaints).anyMatch(told -> told.startsWith(complaint));
    }
  }

  /** What decoding complained of; empty if the frame was written. */
  private static String rewrite(Shape shape, byte[] octets) throws Http2Exception {
    RequestHeaderTranscoder transcoder =
        new RequestHeaderTranscoder(new HeaderRules("remote", "https", 1 << 16, 100));
    ByteBuf out = Unpooled.buffer().writeBytes(BEFORE);
    Growth growth = new Growth();
    if (shape == Shape.AFTER_A_REFUSED_ONE) {
      read(shape, ByteBufUtil.decodeHexDump("20"), (from, block) -> transcoder.skip(block));
    } else if (shape == Shape.REPEATED) {
      ByteBuf last = Unpooled.buffer();
      read(shape, BLOCK, (from, block) -> from.rewrite(block, false, transcoder, growth, last));
    }
    try {
      read(
          shape,
          octets,
          (from, block) -> from.rewrite(block, shape == Shape.TRAILERS, transcoder, growth, out));
    } catch (Http2Exception undecodable) {
      assertThat(undecodable.error()).isEqualTo(Http2Error.COMPRESSION_ERROR);
      assertThat(ByteBufUtil.getBytes(out)).isEqualTo(BEFORE);
      return String.valueOf(undecodable.getMessage());
    }
    assertThat(out.getMedium(BEFORE.length)).isEqualTo(out.writerIndex() - BEFORE.length - 9);
    assertThat(out.getByte(BEFORE.length + 4)).isEqualTo((byte) (shape.flags | Frame.END_HEADERS));
    assertThat(out.getInt(BEFORE.length + 5)).isEqualTo(STREAM);
    return "";
  }

  private static void read(Shape shape, byte[] octets, Step step) throws Http2Exception {
    HeaderBlock block =
        new HeaderBlock(
            UnpooledByteBufAllocator.DEFAULT, LIMITS, new BufferBudget(1 << 20).share(why -> {}));
    try {
      if (shape == Shape.CONTINUED) {
        int half = octets.length / 2;
        ByteBuf first = Unpooled.wrappedBuffer(octets, 0, half);
        ByteBuf rest = Unpooled.wrappedBuffer(octets, half, octets.length - half);
        block.headers(shape.flags, STREAM, half, first, 0);
        block.continuation(Frame.END_HEADERS, STREAM, octets.length - half, rest, 0);
        block.read(rest, fields -> step.take(block, fields));
      } else {
        ByteBuf payload = Unpooled.wrappedBuffer(payload(shape, octets));
        int flags = shape.flags | Frame.END_HEADERS;
        block.headers(flags, STREAM, payload.readableBytes(), payload, 0);
        block.read(payload, fields -> step.take(block, fields));
      }
    } finally {
      block.release();
    }
  }

  private static byte[] payload(Shape shape, byte[] octets) {
    ByteArrayOutputStream payload = new ByteArrayOutputStream();
    boolean padded = (shape.flags & Frame.PADDED) != 0;
    if (padded) {
      payload.write(PADDING);
    }
    if ((shape.flags & Frame.WITH_PRIORITY) != 0) {
      payload.writeBytes(new byte[] {0, 0, 0, 1, 15});
    }
    payload.writeBytes(octets);
    payload.writeBytes(new byte[padded ? PADDING : 0]);
    return payload.toByteArray();
  }

  /** What is done with a block. */
  @FunctionalInterface
  private interface Step {
    void take(HeaderBlock from, ByteBuf block) throws HpackException, Http2Exception;
  }

  @Test
  @DisplayName("30 headers that grow too much: not at all")
  void blockThatGrowsTooMuchLeavesNothing() throws Exception {
    RequestHeaderTranscoder transcoder =
        new RequestHeaderTranscoder(new HeaderRules("remote", "https", 1 << 24, 10_000));
    ByteArrayOutputStream large = new ByteArrayOutputStream();
    large.writeBytes(ByteBufUtil.decodeHexDump("4001787fa11e"));
    large.writeBytes(new byte[4_000]);
    transcoder.skip(Unpooled.wrappedBuffer(large.toByteArray()));
    byte[] references = new byte[2_000];
    Arrays.fill(references, (byte) 0xbe);
    ByteBuf out = Unpooled.buffer().writeBytes(BEFORE);
    Growth growth = new Growth();
    assertThatExceptionOfType(LimitException.class)
        .isThrownBy(
            () ->
                read(
                    Shape.LAST_REQUEST,
                    references,
                    (from, block) -> from.rewrite(block, true, transcoder, growth, out)))
        .satisfies(over -> assertThat(over.limit()).isEqualTo(Limit.HEADER_EXPANSION));
    assertThat(ByteBufUtil.getBytes(out)).isEqualTo(BEFORE);
  }

  @Test
  @DisplayName("30 headers cut at each octet: the remote reads the connection's end and no frame")
  void remoteReadsNothingOfADamagedRequest() throws Http2Exception {
    int refused = 0;
    for (int at = 2; at < BLOCK.length; at += 3) {
      byte[] octets = Arrays.copyOf(BLOCK, at);
      if (rewrite(Shape.LAST_REQUEST, octets).isEmpty()) {
        continue; // cut between two fields, which nobody can see
      }
      Rig.Route route = rig.route();
      route.client().send(Frame.of(Frame.HEADERS, Frame.END_HEADERS | Frame.END_STREAM, 1, octets));
      expectCompressionError(route.client());
      route.remote().expectEnd();
      refused++;
    }
    assertThat(refused).isGreaterThan(BLOCK.length / 6);
  }

  @Test
  @DisplayName("30 trailers that are damaged: the remote reads an open request, and no end of it")
  void remoteReadsNoEndOfARequestWhoseTrailersAreDamaged() {
    for (Shape shape : Shape.values()) {
      Rig.Route route = rig.route();
      RawClient client = route.client();
      client.send(client.grpcRequest(STREAM, 0), Frame.data(STREAM, 0, "message"));
      route.remote().readBlock();
      route.remote().expect(Frame.data(STREAM, 0, "message"));
      int flags = shape.flags | Frame.END_HEADERS | Frame.END_STREAM;
      client.send(
          Frame.of(Frame.HEADERS, flags, STREAM, payload(shape, new byte[] {0, 1, 'a', 9, 'b'})));
      expectCompressionError(client);
      route.remote().expectEnd();
    }
  }

  private static void expectCompressionError(RawClient client) {
    Frame goAway = client.read(Frame.GOAWAY);
    assertThat(goAway.number(4)).isEqualTo((int) Http2Error.COMPRESSION_ERROR.code());
    client.expectEnd();
  }
}
