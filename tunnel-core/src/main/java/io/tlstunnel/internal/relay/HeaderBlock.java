package io.tlstunnel.internal.relay;

import static io.netty.handler.codec.http2.Http2Exception.connectionError;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.tlstunnel.event.Limit;
import io.tlstunnel.internal.wire.FrameFlags;
import io.tlstunnel.internal.wire.FrameWriter;
import io.tlstunnel.internal.wire.HeaderListException;
import io.tlstunnel.internal.wire.HpackException;
import io.tlstunnel.internal.wire.RequestHeaderTranscoder;
import org.jspecify.annotations.Nullable;

/**
 * One header block at a time, from a HEADERS frame and the CONTINUATION frames that follow it (RFC
 * 9113, 6.2 and 6.10): what is around the block, and the block in one piece.
 */
final class HeaderBlock {
  private final ByteBufAllocator allocator;
  private final RelayLimits limits;
  private final BufferBudget.Share share;

  private boolean open;
  private int streamId;
  private int flags;
  private int padding;
  private int dependency;
  private byte weight;
  private int continuations;
  private long begun;

  /** Where a block of one frame lies: in the frame's own buffer. */
  private int start;

  private int end;

  /** A block of several frames, copied together. */
  private @Nullable ByteBuf joined;

  HeaderBlock(ByteBufAllocator allocator, RelayLimits limits, BufferBudget.Share share) {
    this.allocator = allocator;
    this.limits = limits;
    this.share = share;
  }

  /** How many blocks have begun. */
  long begun() {
    return begun;
  }

  /** How many bytes of an open block are there. */
  int joinedBytes() {
    return joined == null ? 0 : joined.readableBytes();
  }

  /** Whether only a CONTINUATION may come now. */
  boolean open() {
    return open;
  }

  int streamId() {
    return streamId;
  }

  boolean endStream() {
    return FrameFlags.has(flags, FrameFlags.END_STREAM);
  }

  /** A HEADERS frame; {@link #open} tells whether more of the block follows. */
  void headers(int flags, int streamId, int length, ByteBuf bytes, int payload)
      throws Http2Exception {
    if (streamId == 0) {
      throw connectionError(Http2Error.PROTOCOL_ERROR, "HEADERS on stream 0");
    }
    // Before anything of it is read: a frame of that length is not received whole.
    requireLength(length);
    begun++;
    this.streamId = streamId;
    this.flags = flags;
    int at = payload;
    int limit = payload + length;
    padding = 0;
    if (FrameFlags.has(flags, FrameFlags.PADDED)) {
      requireRoom(limit - at >= 1);
      padding = bytes.getUnsignedByte(at++);
    }
    if (FrameFlags.has(flags, FrameFlags.PRIORITY)) {
      requireRoom(limit - at >= 5);
      dependency = bytes.getInt(at);
      weight = bytes.getByte(at + 4);
      at += 5;
    }
    if (padding > limit - at) {
      throw connectionError(
          Http2Error.PROTOCOL_ERROR, "padding of %d bytes exceeds the HEADERS frame", padding);
    }
    start = at;
    end = limit - padding;
    open = !FrameFlags.has(flags, FrameFlags.END_HEADERS);
    if (open) {
      continuations = 0;
      int room = 2 * (end - start) + 64;
      share.grow(room);
      joined = allocator.buffer(room).writeBytes(bytes, start, end - start);
    }
  }

  /** A CONTINUATION frame. */
  void continuation(int flags, int streamId, int length, ByteBuf bytes, int payload)
      throws Http2Exception {
    ByteBuf block = joined;
    if (!open || block == null || streamId != this.streamId) {
      throw connectionError(
          Http2Error.PROTOCOL_ERROR, "CONTINUATION on stream %d continues nothing", streamId);
    }
    open = !FrameFlags.has(flags, FrameFlags.END_HEADERS);
    if (++continuations > limits.maxContinuationFrames()) {
      throw new LimitException(
          Limit.CONTINUATION_FRAMES,
          "header block in more than "
              + limits.maxContinuationFrames()
              + " CONTINUATION frames (maxContinuationFrames)");
    }
    requireLength(block.readableBytes() + length);
    share.reserve(block, length);
    block.writeBytes(bytes, payload, length);
  }

  /**
   * Runs {@code use} on the completed block. The block's readable bytes are set within {@code
   * bytes}, the buffer of the frame that completed it, rather than sliced: no object is made for a
   * request.
   */
  void read(ByteBuf bytes, Use use) throws Http2Exception {
    ByteBuf block = joined;
    joined = null;
    int readerIndex = bytes.readerIndex();
    int writerIndex = bytes.writerIndex();
    try {
      if (block != null) {
        use.block(block);
      } else {
        use.block(bytes.setIndex(start, end));
      }
    } catch (HeaderListException tooLong) {
      throw new LimitException(Limit.HEADER_BLOCK, String.valueOf(tooLong.getMessage()));
    } catch (HpackException undecodable) {
      throw new Http2Exception(
          Http2Error.COMPRESSION_ERROR, String.valueOf(undecodable.getMessage()));
    } finally {
      bytes.setIndex(readerIndex, writerIndex);
      if (block != null) {
        giveBack(block);
      }
    }
  }

  /**
   * Appends the same frame to {@code out} with its block transcoded, in as many frames as that
   * takes, or appends nothing: neither if the block is over a limit nor if anything is thrown. A
   * frame without its block would be a valid one, and END_STREAM of it would commit a request.
   *
   * @return whether the frame was appended; if not, the block was over the transcoder's limit
   */
  boolean rewrite(
      ByteBuf headers,
      boolean trailers,
      RequestHeaderTranscoder transcoder,
      Growth growth,
      ByteBuf out)
      throws HpackException, LimitException {
    int start = out.writerIndex();
    boolean whole = false;
    try {
      int length = headers.readableBytes();
      beginFrame(out);
      transcoder.transcode(headers, trailers, out);
      if (!transcoder.overLimit()) {
        FrameWriter.endHeaders(out, start, padding);
        growth.add(length, out.writerIndex() - start);
        whole = true;
      }
      return whole;
    } finally {
      if (!whole) {
        out.writerIndex(start);
      }
    }
  }

  private void beginFrame(ByteBuf out) {
    int kept = flags & (FrameFlags.END_STREAM | FrameFlags.PADDED | FrameFlags.PRIORITY);
    FrameWriter.beginHeaders(out, kept, streamId);
    if (FrameFlags.has(flags, FrameFlags.PADDED)) {
      out.writeByte(padding);
    }
    if (FrameFlags.has(flags, FrameFlags.PRIORITY)) {
      out.writeInt(dependency).writeByte(weight);
    }
  }

  void release() {
    open = false;
    if (joined != null) {
      giveBack(joined);
      joined = null;
    }
  }

  private void giveBack(ByteBuf block) {
    share.shrink(block.capacity());
    block.release();
  }

  private void requireLength(int length) throws Http2Exception {
    if (length > limits.maxHeaderBlockBytes()) {
      throw new LimitException(
          Limit.HEADER_BLOCK,
          "header block of more than " + limits.maxHeaderBlockBytes() + " bytes");
    }
  }

  private static void requireRoom(boolean enough) throws Http2Exception {
    if (!enough) {
      throw connectionError(Http2Error.FRAME_SIZE_ERROR, "HEADERS frame too short for its fields");
    }
  }

  /** What is done with a block. */
  @FunctionalInterface
  interface Use {
    void block(ByteBuf block) throws HpackException, Http2Exception;
  }
}
