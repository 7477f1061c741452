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
import io.tlstunnel.internal.wire.FrameWriter;
import io.tlstunnel.internal.wire.HpackException;
import io.tlstunnel.internal.wire.RequestHeaderTranscoder;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * The request direction once the route stands. Header blocks are transcoded into a batch buffer,
 * all other frames pass as slices; both leave in wire order with one flush per read.
 */
final class RequestRelay implements FrameHandler {
  private static final int BATCH_BYTES = 2_048;

  /** Frames of so few bytes are copied behind a header block sooner than written on their own. */
  private static final int SMALL_RUN = 1_024;

  /** A batch of this size leaves even if there is more to read: it must not grow without bound. */
  private static final int BATCH_FULL = 64 * 1_024;

  /** So many refused streams are remembered whose last frames may still be under way. */
  private static final int MAX_ANSWERED = 1_000;

  private final ConnectionPair pair;
  private final Channel upstream;
  private final RequestHeaderTranscoder transcoder;
  private final BufferBudget.Share share;
  private final RemoteSilence silence;
  private final HeaderBlock block;
  private final HeaderBlock.Use headersComplete = this::headersComplete;
  private final ArrayDeque<Integer> answered = new ArrayDeque<>(0);
  private final Growth growth = new Growth();
  private @Nullable ByteBuf batch;

  /** What is counted for a header frame above the default size that is being gathered. */
  private int gathering;

  /** What has yet to be given back to the remote's window. */
  private int owed;

  /** The highest stream of which the remote has been told; all above are idle for it. */
  private int lastSent;

  /** Bytes of DATA that were sent on. */
  private long data;

  /** All streams up to this one were answered before the remote was found. */
  private final int answeredUpTo;

  /**
   * @param transcoder what has followed the client's compression state so far
   * @param answeredUpTo all streams up to this one are answered, and the remote will not see them
   */
  RequestRelay(
      ConnectionPair pair, Channel upstream, RequestHeaderTranscoder transcoder, int answeredUpTo) {
    this.pair = pair;
    this.upstream = upstream;
    this.transcoder = transcoder;
    this.answeredUpTo = answeredUpTo;
    this.share = pair.bufferShare();
    this.silence = pair.silence();
    this.block = new HeaderBlock(upstream.alloc(), pair.limits(), share);
  }

  @Override
  public Reception reception(byte type, int length) throws Http2Exception {
    if (length > FrameSplitter.DEFAULT_MAX_FRAME_SIZE) {
      if (!readable(type, length)) {
        return Reception.STREAM;
      }
      share.grow(length);
      gathering = length;
    }
    return type == Http2FrameTypes.DATA ? Reception.HOLD : Reception.GATHER;
  }

  /** Frames longer than the default are read only if they are header blocks of an allowed size. */
  private boolean readable(byte type, int length) {
    return replaces(type)
        && length
            <= Math.min(pair.remoteSettings().maxFrameSize(), pair.limits().maxHeaderBlockBytes());
  }

  @Override
  public boolean replaces(byte type) {
    return type == Http2FrameTypes.HEADERS || type == Http2FrameTypes.CONTINUATION;
  }

  @Override
  public boolean frame(
      byte type, int flags, int streamId, int length, ByteBuf bytes, int payloadIndex)
      throws Http2Exception {
    if (block.open() && type != Http2FrameTypes.CONTINUATION) {
      throw Http2Exception.connectionError(
          Http2Error.PROTOCOL_ERROR, "frame of type %d within a header block", type);
    }
    return switch (type) {
      case Http2FrameTypes.DATA -> data(flags, streamId, length);
      case Http2FrameTypes.HEADERS -> {
        requireFrameSize(length);
        block.headers(flags, streamId, length, bytes, payloadIndex);
        yield blockFrame(bytes);
      }
      case Http2FrameTypes.CONTINUATION -> {
        requireFrameSize(length);
        block.continuation(flags, streamId, length, bytes, payloadIndex);
        yield blockFrame(bytes);
      }
      case Http2FrameTypes.RST_STREAM -> {
        boolean seen = passes(type, streamId, length);
        if (seen) {
          pair.clientGaveUp(streamId);
        }
        pair.streams().remove(streamId);
        yield seen;
      }
      case Http2FrameTypes.SETTINGS -> settings(flags, streamId, length, bytes, payloadIndex);
      case Http2FrameTypes.PING -> pair.clientPing(flags, streamId, length, bytes, payloadIndex);
      case Http2FrameTypes.WINDOW_UPDATE -> {
        if (streamId == 0) {
          pair.connectionWindowGrows(
              ControlFrame.connectionWindow(streamId, length, bytes, payloadIndex));
        }
        yield passes(type, streamId, length);
      }
      case Http2FrameTypes.PRIORITY -> passes(type, streamId, length);
      default -> true;
    };
  }

  /** Otherwise a batch would be held for each of the header blocks between small frames. */
  @Override
  public boolean copies(ByteBuf bytes, int index, int length) {
    ByteBuf open = batch;
    if (open == null || length > SMALL_RUN || open.readableBytes() + length > BATCH_FULL) {
      return false;
    }
    open.writeBytes(bytes, index, length);
    return true;
  }

  @Override
  public void forward(ByteBuf bytes) {
    writeBatch();
    upstream.write(bytes, upstream.voidPromise());
  }

  /** Tells the remote what the client has said of the connection to those before it. */
  void introduceClient() {
    pair.local().introduceClient(batch());
  }

  /** Everything of this read has been seen. */
  void readComplete() {
    growth.readComplete();
    if (owed > 0 && pair.requestLeg().betweenFrames()) {
      FrameWriter.windowUpdate(batch(), 0, owed);
      owed = 0;
    }
    writeBatch();
    upstream.flush();
  }

  /**
   * Tells the remote what was wrong with what it sent (RFC 9113, 5.4.1), unless it is in the middle
   * of a frame.
   */
  void goAway(Http2Error error, String why) {
    if (pair.requestLeg().betweenFrames()) {
      FrameWriter.goAway(batch(), 0, error, why);
      writeBatch();
      upstream.flush();
    }
  }

  HeaderBlock block() {
    return block;
  }

  /** What has followed the client's compression state so far. */
  RequestHeaderTranscoder transcoder() {
    return transcoder;
  }

  /** How many bytes of the connection's window the remote has been sent. */
  long data() {
    return data;
  }

  /** Nothing more is sent to the remote. The block is the pair's to release. */
  void close() {
    if (batch != null) {
      batch.release();
      batch = null;
    }
  }

  private void writeBatch() {
    ByteBuf full = batch;
    if (full != null) {
      batch = null;
      upstream.write(full, upstream.voidPromise());
    }
  }

  private boolean isAnswered(int streamId) {
    StreamTable streams = pair.streams();
    return streams.answered() != 0 && streams.has(streamId, StreamTable.ANSWERED);
  }

  /**
   * Whether the remote knows nothing of a stream that the client did open: for the remote it is
   * idle, and a frame on it, such as a reset that crossed the tunnel's answer, would cost the whole
   * connection (RFC 9113, 5.1).
   */
  private boolean isUnseen(int streamId) {
    return isAnswered(streamId)
        || (streamId <= answeredUpTo && streamId > 0)
        || (streamId > lastSent
            && (streamId <= pair.lastStreamId() || streamId > pair.drain().lastStreamId()));
  }

  /** Whether a frame on a stream is the remote's to judge; if not, the tunnel judges it. */
  private boolean passes(byte type, int streamId, int length) throws Http2Exception {
    if (isUnseen(streamId)) {
      ControlFrame.requireLength(type, length);
      return false;
    }
    return true;
  }

  private boolean data(int flags, int streamId, int length) {
    boolean forwarded = !isUnseen(streamId);
    if (!forwarded) {
      // The remote never sees these bytes, so it will never give them back to the connection's
      // window.
      pair.refusals().returnToConnectionWindow(length);
    } else {
      data += length;
    }
    if (FrameFlags.has(flags, FrameFlags.END_STREAM)) {
      pair.streams().mark(streamId, StreamTable.CLIENT_ENDED);
    }
    return forwarded;
  }

  private boolean settings(int flags, int streamId, int length, ByteBuf bytes, int payloadIndex)
      throws Http2Exception {
    if (!FrameFlags.has(flags, FrameFlags.ACK)) {
      if (length > FrameSplitter.DEFAULT_MAX_FRAME_SIZE) {
        // It would pass unread, and what it says past the limits.
        throw Http2Exception.connectionError(
            Http2Error.ENHANCE_YOUR_CALM, "a SETTINGS frame of %d bytes", length);
      }
      pair.clientSettingsCame(streamId, bytes, payloadIndex, length);
      return true;
    }
    ControlFrame.requireSettings(flags, streamId, length);
    if (pair.local().acknowledged()) {
      return false;
    }
    pair.remoteSettings().acknowledged();
    transcoder.maxDynamicTableSize(pair.remoteSettings().allowed());
    return true;
  }

  /**
   * The remote's SETTINGS are being forwarded: what they allow the client's encoder counts at once.
   */
  void remoteSettingsForwarded() {
    transcoder.maxDynamicTableSize(pair.remoteSettings().allowed());
  }

  private void requireFrameSize(int length) throws Http2Exception {
    if (length > FrameSplitter.DEFAULT_MAX_FRAME_SIZE && gathering > 0) {
      share.shrink(gathering);
      gathering = 0;
    }
    if (length > pair.remoteSettings().maxFrameSize()) {
      throw Http2Exception.connectionError(
          Http2Error.FRAME_SIZE_ERROR,
          "header frame of %d bytes (the remote allows %d)",
          length,
          pair.remoteSettings().maxFrameSize());
    }
  }

  private boolean blockFrame(ByteBuf bytes) throws Http2Exception {
    if (!block.open()) {
      block.read(bytes, headersComplete);
    }
    return false;
  }

  private void headersComplete(ByteBuf headers) throws HpackException, LimitException {
    int streamId = block.streamId();
    StreamTable streams = pair.streams();
    boolean request = streamId > pair.lastStreamId();
    if (isAnswered(streamId) || streamId <= answeredUpTo || (!request && streamId > lastSent)) {
      transcoder.skip(headers);
      pair.sawStream(streamId);
      if (block.endStream()) {
        streams.mark(streamId, StreamTable.CLIENT_ENDED);
      }
      return;
    }
    if (request && streamId > pair.drain().lastStreamId()) {
      transcoder.skip(headers);
      pair.refusals().afterGoAway(streamId);
      forgetLater(streamId, block.endStream() ? StreamTable.CLIENT_ENDED : 0);
      return;
    }
    if (request && pair.openStreams() >= pair.limits().maxOpenStreams()) {
      transcoder.skip(headers);
      pair.sawStream(streamId);
      pair.refusals().oneTooMany(streamId);
      forgetLater(streamId, block.endStream() ? StreamTable.CLIENT_ENDED : 0);
      return;
    }
    int ended = block.endStream() ? StreamTable.CLIENT_ENDED : 0;
    if (!block.rewrite(headers, !request, transcoder, growth, batch())) {
      refuse(streamId, ended, request);
      return;
    }
    if (request) {
      lastSent = streamId;
      silence.asked(streamId);
      pair.sawStream(streamId);
      streams.open(streamId, ended | (transcoder.grpc() ? StreamTable.GRPC : 0));
      if (pair.awaitsSettings() && transcoder.grpcTimeoutNanos() >= 0) {
        pair.waitsForSettings(streamId, transcoder.grpcTimeoutNanos());
      }
    } else {
      streams.mark(streamId, ended);
    }
  }

  private void refuse(int streamId, int ended, boolean request) {
    if (!request) {
      cancel(streamId);
      pair.refusals().resetTooLarge(streamId, transcoder);
      return;
    }
    pair.sawStream(streamId);
    pair.streams().open(streamId, ended | (transcoder.grpc() ? StreamTable.GRPC : 0));
    pair.refusals().answerTooLarge(streamId, transcoder);
    forgetLater(streamId, 0);
  }

  /**
   * Nothing of the stream goes to the remote; it is remembered until the client has ended it too.
   */
  private void forgetLater(int streamId, int ended) {
    StreamTable streams = pair.streams();
    streams.mark(streamId, ended | StreamTable.REMOTE_ENDED);
    if (streams.contains(streamId)) {
      answered.add(streamId);
      if (answered.size() > MAX_ANSWERED) {
        streams.remove(answered.remove());
      }
    }
  }

  /** The remote knows the stream: it is told that nobody waits for the response any more. */
  void cancel(int streamId) {
    FrameWriter.resetStream(batch(), streamId, Http2Error.CANCEL);
    pair.streams().mark(streamId, StreamTable.CLIENT_ENDED);
  }

  /**
   * Bytes of the remote's were dropped: the client will not give them back to its window. The
   * tunnel does, when a read is complete that does not end within a frame.
   */
  void giveBack(int bytes) {
    owed += bytes;
  }

  private ByteBuf batch() {
    ByteBuf out = batch;
    if (out != null && out.readableBytes() >= BATCH_FULL) {
      writeBatch();
      out = null;
    }
    if (out == null) {
      out = upstream.alloc().buffer(BATCH_BYTES);
      batch = out;
    }
    return out;
  }
}
