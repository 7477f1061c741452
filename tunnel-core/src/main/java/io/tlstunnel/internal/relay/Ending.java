package io.tlstunnel.internal.relay;

import static io.netty.handler.codec.http2.Http2Exception.connectionError;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2FrameTypes;
import io.tlstunnel.internal.wire.ControlFrame;
import io.tlstunnel.internal.wire.FrameFlags;
import io.tlstunnel.internal.wire.FrameHandler;
import io.tlstunnel.internal.wire.FrameWriter;
import io.tlstunnel.internal.wire.HpackException;
import io.tlstunnel.internal.wire.RequestHeaderTranscoder;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The tunnel as the client's server between the {@link Drain}'s GOAWAY, which names no stream, and
 * the ACK of the PING in front of that GOAWAY: requests that the client sent before it knew that
 * the connection ends are answered one by one, and a moment behind it. Without an answer they would
 * be streams above the last GOAWAY's id, and many clients neither repeat those nor know what to say
 * of them.
 *
 * <p>Nothing of what comes is kept. The client's compression state is followed, since later
 * requests refer to it. A client that does not acknowledge the PING has its time, one that sends
 * requests without end its number of answers.
 */
final class Ending implements FrameHandler {
  private static final long CLIENT_SECONDS = 2;

  /**
   * How long requests are answered behind the PING's ACK: many clients, all with libnghttp2 among
   * them, write that ahead of a request that they have begun already.
   */
  private static final long MOMENT_MILLIS = 100;

  private final ConnectionPair pair;
  private final LocalServer local;
  private final RequestHeaderTranscoder transcoder;
  private final HeaderBlock block;
  private final String why;
  private final @Nullable LocalReply reply;
  private final EventLoop loop;
  private Future<?> timeUp;
  private boolean acknowledged;
  private int answers;

  /** Bytes of DATA that were dropped since the client was last given them back. */
  private int dropped;

  /**
   * @param why what the last GOAWAY says
   * @param reply what requests are answered with that come now; null to refuse them as not
   *     processed, for the client to repeat
   */
  Ending(ConnectionPair pair, Channel downstream, String why, @Nullable LocalReply reply) {
    this.pair = pair;
    this.local = pair.local();
    this.transcoder = pair.requestHeaders();
    this.block = pair.headerBlock();
    this.why = why;
    this.reply = reply;
    this.loop = downstream.eventLoop();
    this.timeUp = loop.schedule(pair::clientKnowsOfTheEnd, CLIENT_SECONDS, TimeUnit.SECONDS);
  }

  String why() {
    return why;
  }

  void stop() {
    timeUp.cancel(false);
  }

  /** Everything of a read has been seen. */
  void readComplete() {
    if (dropped > 0) {
      FrameWriter.windowUpdate(local.pending(), 0, dropped);
      dropped = 0;
    }
  }

  @Override
  public Reception reception(byte type, int length) {
    boolean read = type != Http2FrameTypes.DATA && length <= pair.remoteSettings().maxFrameSize();
    return read ? Reception.GATHER : Reception.STREAM;
  }

  @Override
  public boolean replaces(byte type) {
    return false;
  }

  @Override
  public boolean frame(
      byte type, int flags, int streamId, int length, ByteBuf bytes, int payloadIndex)
      throws Http2Exception {
    require(
        length <= pair.remoteSettings().maxFrameSize(), Http2Error.FRAME_SIZE_ERROR, type, length);
    require(
        !block.open() || type == Http2FrameTypes.CONTINUATION,
        Http2Error.PROTOCOL_ERROR,
        type,
        length);
    switch (type) {
      case Http2FrameTypes.HEADERS -> {
        block.headers(flags, streamId, length, bytes, payloadIndex);
        blockFrame(bytes);
      }
      case Http2FrameTypes.CONTINUATION -> {
        block.continuation(flags, streamId, length, bytes, payloadIndex);
        blockFrame(bytes);
      }
      case Http2FrameTypes.DATA -> {
        require(streamId != 0, Http2Error.PROTOCOL_ERROR, type, length);
        dropped += length;
      }
      case Http2FrameTypes.SETTINGS -> settings(flags, streamId, length, bytes, payloadIndex);
      case Http2FrameTypes.PING -> ping(flags, streamId, length, bytes, payloadIndex);
      case Http2FrameTypes.PUSH_PROMISE -> require(false, Http2Error.PROTOCOL_ERROR, type, length);
      default -> ControlFrame.requireLength(type, length); // Of what is answered, or unknown.
    }
    return false;
  }

  @Override
  public void forward(ByteBuf bytes) {
    bytes.release();
  }

  private void settings(int flags, int streamId, int length, ByteBuf bytes, int payloadIndex)
      throws Http2Exception {
    ControlFrame.requireSettings(flags, streamId, length);
    if (!FrameFlags.has(flags, FrameFlags.ACK)) {
      local.ownSettings(bytes, payloadIndex, length);
      pair.stopUntilHeard();
    }
  }

  private void ping(int flags, int streamId, int length, ByteBuf bytes, int payloadIndex)
      throws Http2Exception {
    require(streamId == 0, Http2Error.PROTOCOL_ERROR, Http2FrameTypes.PING, length);
    require(length == Long.BYTES, Http2Error.FRAME_SIZE_ERROR, Http2FrameTypes.PING, length);
    long payload = bytes.getLong(payloadIndex);
    if (!FrameFlags.has(flags, FrameFlags.ACK)) {
      local.answerPing(payload);
      pair.stopUntilHeard();
    } else if (pair.drain().owns(payload) && !acknowledged) {
      acknowledged = true;
      timeUp.cancel(false);
      timeUp = loop.schedule(pair::clientKnowsOfTheEnd, MOMENT_MILLIS, TimeUnit.MILLISECONDS);
    }
  }

  private void blockFrame(ByteBuf bytes) throws Http2Exception {
    if (!block.open()) {
      block.read(bytes, this::blockComplete);
    }
  }

  private void blockComplete(ByteBuf headers) throws HpackException, Http2Exception {
    transcoder.skip(headers);
    int streamId = block.streamId();
    require((streamId & 1) == 1, Http2Error.PROTOCOL_ERROR, Http2FrameTypes.HEADERS, 0);
    if (streamId <= pair.lastStreamId()) {
      return; // Trailers of a request that is answered.
    }
    pair.sawStream(streamId);
    if (reply == null) {
      FrameWriter.resetStream(local.pending(), streamId, Http2Error.REFUSED_STREAM);
    } else {
      local.answerLate(streamId, transcoder.grpc(), reply);
    }
    pair.stopUntilHeard();
    if (++answers >= pair.limits().maxOpenStreams()) {
      pair.clientKnowsOfTheEnd();
    }
  }

  private static void require(boolean lawful, Http2Error error, int type, int length)
      throws Http2Exception {
    if (!lawful) {
      throw connectionError(error, "unexpected frame of type %d, %d bytes", type, length);
    }
  }
}
