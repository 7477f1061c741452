package io.tlstunnel.testpeer;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersDecoder;
import io.netty.handler.codec.http2.DefaultHttp2HeadersEncoder;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Headers;
import java.util.ArrayList;
import java.util.List;

/**
 * Both compression states of one end of a connection: Netty's, validating nothing. It sends {@code
 * authorization} as never indexed.
 */
final class HeaderCodec {
  private static final long NO_LIMIT = 1L << 31;

  private final DefaultHttp2HeadersEncoder encoder =
      new DefaultHttp2HeadersEncoder(
          (name, value) -> name.toString().equals("authorization"), true, 64);
  private final Decoder decoder = new Decoder();

  byte[] encode(String... fields) {
    Http2Headers headers = new DefaultHttp2Headers(false);
    for (String field : fields) {
      int colon = field.indexOf(": ");
      headers.add(field.substring(0, colon), field.substring(colon + 2));
    }
    ByteBuf block = Unpooled.buffer();
    try {
      encoder.encodeHeaders(1, headers, block);
      return ByteBufUtil.getBytes(block);
    } catch (Http2Exception failed) {
      throw new IllegalArgumentException(failed);
    }
  }

  List<String> decode(byte[] block) {
    try {
      return ((InOrder) decoder.decodeHeaders(1, Unpooled.wrappedBuffer(block))).fields;
    } catch (Http2Exception failed) {
      throw new AssertionError("the block cannot be decoded", failed);
    }
  }

  /** Sets how large a table the encoder uses; the next block says so. */
  void encoderTableSize(int octets) {
    try {
      encoder.configuration().maxHeaderTableSize(octets);
    } catch (Http2Exception failed) {
      throw new IllegalArgumentException(failed);
    }
  }

  /** Sets how large a table the decoder allows. */
  void decoderTableSize(int octets) {
    try {
      decoder.maxHeaderTableSize(octets);
    } catch (Http2Exception failed) {
      throw new IllegalArgumentException(failed);
    }
  }

  private static final class Decoder extends DefaultHttp2HeadersDecoder {
    Decoder() {
      super(false, false, NO_LIMIT);
    }

    @Override
    protected Http2Headers newHeaders() {
      return new InOrder();
    }
  }

  /** Netty's own headers put pseudo-header fields first. */
  private static final class InOrder extends DefaultHttp2Headers {
    final List<String> fields = new ArrayList<>();

    InOrder() {
      super(false);
    }

    @Override
    public Http2Headers add(CharSequence name, CharSequence value) {
      fields.add(name + ": " + value);
      return this;
    }
  }
}
