package io.tlstunnel.junit;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.DefaultHttp2HeadersDecoder;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Headers;
import java.util.Optional;

/** Decodes the header blocks of one direction: it has to see every HEADERS and CONTINUATION. */
final class BlockReader {
  private static final int MAX_LIST = 64 * 1024 * 1024;

  private final DefaultHttp2HeadersDecoder decoder =
      new DefaultHttp2HeadersDecoder(false, MAX_LIST);
  private ByteBuf block = Unpooled.EMPTY_BUFFER;
  private boolean endStream;

  BlockReader() throws Http2Exception {
    // An upper bound only: the table grows when the sender says so.
    decoder.configuration().maxHeaderTableSize(1 << 20);
  }

  /** The decoded block, if this frame completes one. */
  Optional<Http2Headers> read(Frame frame) throws Http2Exception {
    if (frame.type() == Frame.HEADERS) {
      endStream = frame.has(Frame.END_STREAM);
    }
    block = Unpooled.wrappedBuffer(block, fragment(frame));
    if (!frame.has(Frame.END_HEADERS)) {
      return Optional.empty();
    }
    try {
      return Optional.of(decoder.decodeHeaders(frame.stream(), block));
    } finally {
      release();
    }
  }

  /** Whether the block that was read last ends its stream. */
  boolean endStream() {
    return endStream;
  }

  void release() {
    block.release();
    block = Unpooled.EMPTY_BUFFER;
  }

  private static ByteBuf fragment(Frame frame) {
    ByteBuf fragment = Unpooled.wrappedBuffer(frame.payload());
    if (frame.type() == Frame.HEADERS) {
      int padding = frame.has(Frame.PADDED) ? fragment.readUnsignedByte() : 0;
      if (frame.has(Frame.PRIORITIZED)) {
        fragment.skipBytes(5);
      }
      fragment.writerIndex(Math.max(fragment.readerIndex(), fragment.writerIndex() - padding));
    }
    return fragment;
  }
}
