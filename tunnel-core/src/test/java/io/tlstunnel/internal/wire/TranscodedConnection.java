package io.tlstunnel.internal.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.Http2Exception;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A client's blocks go in by hand; what comes out is read by two decoders, which must agree. */
final class TranscodedConnection {
  final RequestHeaderTranscoder transcoder;
  private final NettyDecoder netty = new NettyDecoder();
  private final MarkingDecoder marking = new MarkingDecoder();

  TranscodedConnection(@Nullable String authority) {
    this(new HeaderRules(authority, "https", 1 << 16, 100));
  }

  TranscodedConnection(HeaderRules rules) {
    transcoder = new RequestHeaderTranscoder(rules);
  }

  /** What the remote reads in the place of a request's block. */
  List<Field> request(BlockWriter block) {
    return read(transcode(block.toBytes(), false));
  }

  /** What the remote reads in the place of a request's trailers. */
  List<Field> trailers(BlockWriter block) {
    return read(transcode(block.toBytes(), true));
  }

  void skip(BlockWriter block) throws HpackException {
    transcoder.skip(Unpooled.wrappedBuffer(block.toBytes()));
  }

  byte[] transcode(byte[] block, boolean trailers) {
    ByteBuf in = Unpooled.wrappedBuffer(block);
    ByteBuf out = Unpooled.buffer();
    try {
      transcoder.transcode(in, trailers, out);
    } catch (HpackException e) {
      throw new AssertionError(e);
    }
    assertThat(in.isReadable()).isFalse();
    return ByteBufUtil.getBytes(out);
  }

  /** For a block that must fail. */
  void tryTranscode(BlockWriter block) throws HpackException {
    transcoder.transcode(Unpooled.wrappedBuffer(block.toBytes()), false, Unpooled.buffer());
  }

  List<Field> read(byte[] transcoded) {
    List<Field> fields = marking.decode(transcoded);
    try {
      assertThat(netty.decode(transcoded))
          .containsExactlyElementsOf(fields.stream().map(Field::unmarked).toList());
    } catch (Http2Exception e) {
      throw new AssertionError(ByteBufUtil.hexDump(transcoded), e);
    }
    return fields;
  }
}
