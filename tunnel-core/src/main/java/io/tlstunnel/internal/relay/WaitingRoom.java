package io.tlstunnel.internal.relay;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2FrameTypes;
import io.tlstunnel.internal.wire.ControlFrame;
import io.tlstunnel.internal.wire.FrameFlags;
import io.tlstunnel.internal.wire.FrameHandler;
import io.tlstunnel.internal.wire.FrameSplitter;
import io.tlstunnel.internal.wire.HpackException;
import io.tlstunnel.internal.wire.RequestHeaderTranscoder;
import java.util.concurrent.TimeUnit;

/**
 * Where requests wait while the route is built. Their frames are kept as they came, so that they
 * can be walked again, with the compression state in which they began, once it is known which of
 * them the remote will see; here they are only looked at: who waits, is it gRPC, and how long may
 * it wait.
 *
 * <p>When the route has failed the requests are answered, and the client goes to another waiting
 * room. What was said of the connection as a whole is not kept there: the next remote {@linkplain
 * LocalServer#introduceClient is told} of all of that first.
 */
final class WaitingRoom implements FrameHandler {
  /**
   * Before it has the remote's SETTINGS a client may send 64 KiB of DATA on a connection; the rest
   * is header blocks. Reading stops here.
   */
  private static final int FULL = 128 * 1_024;

  private static final int FIRST_FRAMES = 1_024;

  private final ConnectionPair pair;
  private final RequestHeaderTranscoder outside;
  private final RequestHeaderTranscoder inspector;
  private final HeaderBlock block;
  private final ByteBuf frames;
  private final BufferBudget.Share share;
  private final Deadlines deadlines;
  private final boolean first;
  private final int answeredUpTo;

  /** Bytes of DATA among the frames. */
  private int data;

  /** By how much updates among the frames have made the connection's window grow. */
  private long windowGrowth;

  private WaitingRoom(
      ConnectionPair pair, Channel downstream, RequestHeaderTranscoder outside, boolean first) {
    this.pair = pair;
    this.outside = outside;
    this.inspector = outside.forAnotherRemote();
    this.first = first;
    this.answeredUpTo = pair.lastStreamId();
    this.share = pair.bufferShare();
    this.block = new HeaderBlock(downstream.alloc(), pair.limits(), share);
    this.deadlines = new Deadlines(downstream.eventLoop(), pair.streams(), pair::overdue);
    this.frames = downstream.alloc().buffer(FIRST_FRAMES);
  }

  /** A connection's first: the remote will be shown all that the client says. */
  static WaitingRoom first(
      ConnectionPair pair, Channel downstream, RequestHeaderTranscoder transcoder) {
    return new WaitingRoom(pair, downstream, transcoder, true);
  }

  /**
   * One for what comes when all that came before has been answered.
   *
   * @param outside what has followed the client's compression state up to here, for no remote yet
   */
  static WaitingRoom another(
      ConnectionPair pair, Channel downstream, RequestHeaderTranscoder outside) {
    return new WaitingRoom(pair, downstream, outside, false);
  }

  @Override
  public Reception reception(byte type, int length) {
    return length > FrameSplitter.DEFAULT_MAX_FRAME_SIZE ? Reception.STREAM : Reception.GATHER;
  }

  @Override
  public boolean replaces(byte type) {
    return false;
  }

  @Override
  public boolean frame(
      byte type, int flags, int streamId, int length, ByteBuf bytes, int payloadIndex)
      throws Http2Exception {
    if (length > FrameSplitter.DEFAULT_MAX_FRAME_SIZE) {
      throw Http2Exception.connectionError(
          Http2Error.FRAME_SIZE_ERROR, "frame of %d bytes", length);
    }
    if (block.open() && type != Http2FrameTypes.CONTINUATION) {
      throw Http2Exception.connectionError(
          Http2Error.PROTOCOL_ERROR, "frame of type %d within a header block", type);
    }
    if (!first && isOver(type, flags, streamId, length, bytes, payloadIndex)) {
      return false;
    }
    share.reserve(frames, FrameSplitter.HEADER_LENGTH + length);
    switch (type) {
      case Http2FrameTypes.HEADERS -> {
        block.headers(flags, streamId, length, bytes, payloadIndex);
        blockComplete(bytes);
      }
      case Http2FrameTypes.CONTINUATION -> {
        block.continuation(flags, streamId, length, bytes, payloadIndex);
        blockComplete(bytes);
      }
      case Http2FrameTypes.DATA -> {
        data += length;
        if (FrameFlags.has(flags, FrameFlags.END_STREAM) && pair.streams().contains(streamId)) {
          pair.streams().open(streamId, StreamTable.CLIENT_ENDED);
        }
      }
      case Http2FrameTypes.RST_STREAM -> {
        if (!pair.streams().has(streamId, StreamTable.ANSWERED)) {
          pair.streams().remove(streamId);
        }
      }
      case Http2FrameTypes.SETTINGS -> {
        ControlFrame.requireSettings(flags, streamId, length);
        if (FrameFlags.has(flags, FrameFlags.ACK)) {
          return !pair.local().acknowledged();
        }
        pair.clientSettingsCame(streamId, bytes, payloadIndex, length);
      }
      case Http2FrameTypes.PING -> {
        return pair.clientPing(flags, streamId, length, bytes, payloadIndex);
      }
      case Http2FrameTypes.WINDOW_UPDATE ->
          windowGrowth += ControlFrame.connectionWindow(streamId, length, bytes, payloadIndex);
      default -> {}
    }
    return true;
  }

  /**
   * Takes what is left of streams that are answered, and what is said of the connection to a remote
   * that does not know it.
   */
  private boolean isOver(
      byte type, int flags, int streamId, int length, ByteBuf bytes, int payloadIndex)
      throws Http2Exception {
    LocalServer local = pair.local();
    if (streamId == 0) {
      switch (type) {
        case Http2FrameTypes.SETTINGS -> {
          ControlFrame.requireSettings(flags, streamId, length);
          if (FrameFlags.has(flags, FrameFlags.ACK)) {
            return local.acknowledged();
          }
          local.ownSettings(bytes, payloadIndex, length);
          pair.stopUntilHeard();
          return true;
        }
        case Http2FrameTypes.WINDOW_UPDATE -> {
          ControlFrame.requireLength(type, length);
          local.windowGrows(ControlFrame.connectionWindow(streamId, length, bytes, payloadIndex));
          return true;
        }
        default -> {
          return false;
        }
      }
    }
    if (streamId > answeredUpTo) {
      return false;
    }
    switch (type) {
      case Http2FrameTypes.DATA -> pair.refusals().returnToConnectionWindow(length);
      case Http2FrameTypes.RST_STREAM, Http2FrameTypes.WINDOW_UPDATE, Http2FrameTypes.PRIORITY ->
          ControlFrame.requireLength(type, length);
      default -> {
        return false; // The remote's to judge, and header blocks must be followed.
      }
    }
    return true;
  }

  @Override
  public void forward(ByteBuf bytes) {
    frames.writeBytes(bytes);
    bytes.release();
    if (full()) {
      pair.readRequests();
    }
  }

  /**
   * Whether no more may come in. An unfinished header block does not count: it has a limit of its
   * own, and must be judged by it.
   */
  boolean full() {
    return frames.readableBytes() - block.joinedBytes() > FULL;
  }

  HeaderBlock block() {
    return block;
  }

  /** What has followed the client's compression state so far. */
  RequestHeaderTranscoder inspector() {
    return inspector;
  }

  private void blockComplete(ByteBuf bytes) throws Http2Exception {
    if (!block.open()) {
      block.read(bytes, this::requestBegins);
    }
  }

  private void requestBegins(ByteBuf headers) throws HpackException {
    inspector.skip(headers);
    int streamId = block.streamId();
    if (streamId <= answeredUpTo) {
      return; // Trailers of a request that is answered.
    }
    StreamTable streams = pair.streams();
    int ended = block.endStream() ? StreamTable.CLIENT_ENDED : 0;
    if (streams.contains(streamId)) {
      streams.open(streamId, ended);
      return;
    }
    streams.open(streamId, ended | (inspector.grpc() ? StreamTable.GRPC : 0));
    pair.sawStream(streamId);
    pair.requestWaits();
    if (inspector.overLimit()) {
      pair.refusals().answerTooLarge(streamId, inspector);
    } else if (inspector.grpcTimeoutNanos() >= 0) {
      answerBefore(streamId, inspector.grpcTimeoutNanos());
    }
  }

  /** Has a request answered before its time is up, unless the remote speaks before. */
  void answerBefore(int streamId, long timeoutNanos) {
    deadlines.add(streamId, beforeDeadline(timeoutNanos));
  }

  /**
   * The client's clock began to run earlier than ours, and the answer has to travel: a twentieth of
   * the time is left for both, at least 50 ms, at most 250 ms.
   */
  static long beforeDeadline(long timeoutNanos) {
    long margin =
        Math.max(
            TimeUnit.MILLISECONDS.toNanos(50),
            Math.min(timeoutNanos / 20, TimeUnit.MILLISECONDS.toNanos(250)));
    return Math.max(timeoutNanos - margin, timeoutNanos / 2);
  }

  /** What has followed the client's compression state up to the first of the frames. */
  RequestHeaderTranscoder outside() {
    return outside;
  }

  /** Whether the remote is to be told first what the client has said of the connection. */
  boolean clientIsUnknown() {
    return !first;
  }

  /** All streams up to this one are answered, and no remote will see them. */
  int answeredUpTo() {
    return answeredUpTo;
  }

  /**
   * The frames that wait, whole ones only, in the order in which they came. The caller owns them.
   */
  ByteBuf leave() {
    block.release();
    share.shrink(frames.capacity() - FIRST_FRAMES);
    return frames;
  }

  /** The requests' own deadlines are no longer the tunnel's business. */
  void forgetDeadlines() {
    deadlines.clear();
  }

  /**
   * All that waited has been answered: no remote will see the frames, or give back what they have
   * used of the connection's window. The caller closes the room.
   *
   * @return where the client's next requests wait
   */
  WaitingRoom next(Channel downstream) {
    pair.refusals().returnToConnectionWindow(data);
    pair.local().windowGrows(windowGrowth);
    return another(pair, downstream, inspector);
  }

  /** Nobody waits any more: answered, or gone. The block is the pair's to release. */
  void close() {
    forgetDeadlines();
    share.shrink(frames.capacity() - FIRST_FRAMES);
    frames.release();
  }
}
