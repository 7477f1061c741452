package io.tlstunnel.internal.wire;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersDecoder;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Headers;
import java.util.ArrayList;
import java.util.List;

/**
 * The remote: Netty's HPACK decoder, validating nothing and handing fields out in the order of the
 * block.
 */
final class NettyDecoder extends DefaultHttp2HeadersDecoder {
  private static final long NO_LIMIT = 1L << 31;

  NettyDecoder() {
    super(false, false, NO_LIMIT);
  }

  List<Field> decode(byte[] block) throws Http2Exception {
    ByteBuf buffer = Unpooled.wrappedBuffer(block);
    return ((InOrder) decodeHeaders(1, buffer)).fields;
  }

  @Override
  protected Http2Headers newHeaders() {
    return new InOrder();
  }

  /** Netty's own headers put pseudo-header fields first. */
  private static final class InOrder extends DefaultHttp2Headers {
    final List<Field> fields = new ArrayList<>();

    InOrder() {
      super(false);
    }

    @Override
    public Http2Headers add(CharSequence name, CharSequence value) {
      fields.add(Field.of(name.toString(), value.toString()));
      return this;
    }
  }
}
