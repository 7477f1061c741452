package io.tlstunnel.internal.relay;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2FrameTypes;
import io.tlstunnel.event.Limit;
import io.tlstunnel.internal.wire.FrameFlags;
import io.tlstunnel.internal.wire.HeaderRules;
import io.tlstunnel.internal.wire.HpackException;
import io.tlstunnel.internal.wire.RequestHeaderTranscoder;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * Keeps from the client what the remote says on streams that the tunnel has ended in its place: the
 * remote knows that they are cancelled, but its responses may have been under way, and a client may
 * end the connection over a frame on a stream that is closed (RFC 9113, 5.1).
 *
 * <p>A header block cannot just be left out, since later ones refer to what it puts into the table.
 * So all blocks are transcoded, from the connection's first one on: that is possible because the
 * tunnel gives such answers only before the remote's first word. Every other connection's response
 * blocks pass as they are.
 */
final class LateResponses {
  /** So many are remembered whose responses may still come. */
  private static final int MAX_STREAMS = 1_000;

  private final ConnectionPair pair;
  private final Channel downstream;
  private final Set<Integer> streams = new LinkedHashSet<>();
  private final Growth growth = new Growth();
  private final RequestHeaderTranscoder transcoder;
  private final HeaderBlock block;

  LateResponses(ConnectionPair pair, Channel downstream) {
    this.pair = pair;
    this.downstream = downstream;
    this.transcoder = new RequestHeaderTranscoder(asTheyAre(pair.limits()));
    this.block = new HeaderBlock(downstream.alloc(), pair.limits(), pair.bufferShare());
  }

  /**
   * Nothing is replaced. Only a list as long as a block may be is the end: a remote's references to
   * what was kept from the client leave as literals.
   */
  private static HeaderRules asTheyAre(RelayLimits limits) {
    return new HeaderRules(null, "https", limits.maxHeaderBlockBytes(), Integer.MAX_VALUE);
  }

  /** All of a read has been seen. */
  void readComplete() {
    growth.readComplete();
  }

  /** The tunnel has ended this stream. */
  void add(int streamId) {
    streams.add(streamId);
    if (streams.size() > MAX_STREAMS) {
      Iterator<Integer> eldest = streams.iterator();
      eldest.next();
      eldest.remove();
    }
  }

  /** Whether frames of this type are written anew. */
  static boolean replaces(byte type) {
    return type == Http2FrameTypes.HEADERS || type == Http2FrameTypes.CONTINUATION;
  }

  /** Whether a frame is forwarded as it is; what else the client shall see of it is written. */
  boolean passes(byte type, int flags, int streamId, int length, ByteBuf bytes, int payloadIndex)
      throws Http2Exception {
    switch (type) {
      case Http2FrameTypes.HEADERS -> {
        block.headers(flags, streamId, length, bytes, payloadIndex);
        blockFrame(bytes);
        return false;
      }
      case Http2FrameTypes.CONTINUATION -> {
        block.continuation(flags, streamId, length, bytes, payloadIndex);
        blockFrame(bytes);
        return false;
      }
      case Http2FrameTypes.PUSH_PROMISE ->
          throw Http2Exception.connectionError(
              Http2Error.INTERNAL_ERROR, "a pushed response among late ones");
      default -> {
        boolean late = streams.contains(streamId);
        if (late) {
          drop(type, flags, streamId, length);
        }
        return !late;
      }
    }
  }

  void close() {
    block.release();
  }

  private void drop(byte type, int flags, int streamId, int length) {
    if (type == Http2FrameTypes.DATA) {
      // The client never sees these bytes, so it will never give them back to the window.
      pair.returnToRemotesWindow(length);
    }
    boolean ends = type == Http2FrameTypes.DATA && FrameFlags.has(flags, FrameFlags.END_STREAM);
    if (ends || type == Http2FrameTypes.RST_STREAM) {
      streams.remove(streamId);
    }
  }

  private void blockFrame(ByteBuf bytes) throws Http2Exception {
    if (!block.open()) {
      block.read(bytes, this::blockComplete);
    }
  }

  private void blockComplete(ByteBuf headers) throws HpackException, LimitException {
    // How large the remote's table may be is between it and the client; only nobody may make this
    // one grow without end.
    transcoder.maxDynamicTableSize(pair.clientSettings().largestTableSize());
    int streamId = block.streamId();
    if (streams.contains(streamId)) {
      transcoder.skip(headers);
      if (block.endStream()) {
        streams.remove(streamId);
      }
      return;
    }
    ByteBuf out = downstream.alloc().buffer(headers.readableBytes() + 64);
    boolean whole = false;
    try {
      if (!block.rewrite(headers, true, transcoder, growth, out)) {
        throw new LimitException(
            Limit.HEADER_BLOCK, "header list of " + transcoder.headerListSize() + " bytes");
      }
      whole = true;
    } finally {
      if (!whole) {
        out.release();
      }
    }
    pair.clientSettings().tableSize().remoteBlock();
    downstream.write(out, downstream.voidPromise());
  }
}
