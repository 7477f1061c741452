package io.tlstunnel.junit;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.DefaultHttp2HeadersDecoder;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Headers;
import java.util.Optional;

/**
 * Decodes the header blocks of one direction of a connection, for a reader that must not miss any.
 */
final class RequestHeaders {
  private static final int HEADERS = 1;
  private static final int CONTINUATION = 9;
  private static final int END_HEADERS = 0x4;
  private static final int PADDED = 0x8;
  private static final int PRIORITY = 0x20;

  private final DefaultHttp2HeadersDecoder decoder =
      new DefaultHttp2HeadersDecoder(false, 64 * 1024 * 1024);
  private ByteBuf block = Unpooled.EMPTY_BUFFER;

  RequestHeaders() throws Http2Exception {
    // An upper bound only: the table grows when the sender says so.
    decoder.configuration().maxHeaderTableSize(1 << 20);
  }

  /** The decoded block, if this frame completes one. The frame stays as it is. */
  Optional<Http2Headers> decode(ByteBuf frame) throws Http2Exception {
    int start = frame.readerIndex();
    int type = frame.getUnsignedByte(start + 3);
    int flags = frame.getUnsignedByte(start + 4);
    if (type != HEADERS && type != CONTINUATION) {
      return Optional.empty();
    }
    int from = start + FrameSplitter.FRAME_HEADER;
    int end = start + frame.readableBytes();
    if (type == HEADERS) {
      if ((flags & PADDED) != 0) {
        end -= frame.getUnsignedByte(from);
        from += 1;
      }
      if ((flags & PRIORITY) != 0) {
        from += 5;
      }
    }
    block = Unpooled.wrappedBuffer(block, frame.retainedSlice(from, Math.max(0, end - from)));
    if ((flags & END_HEADERS) == 0) {
      return Optional.empty();
    }
    try {
      return Optional.of(decoder.decodeHeaders(FrameSplitter.streamOf(frame), block));
    } finally {
      release();
    }
  }

  void release() {
    block.release();
    block = Unpooled.EMPTY_BUFFER;
  }
}
