package io.tlstunnel.internal.probe;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http2.DefaultHttp2FrameReader;
import io.netty.handler.codec.http2.DefaultHttp2HeadersDecoder;
import io.netty.handler.codec.http2.Http2CodecUtil;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2FrameAdapter;
import io.netty.handler.codec.http2.Http2FrameReader;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2Settings;
import io.tlstunnel.diagnosis.RemoteSettings;
import io.tlstunnel.internal.wire.FirstFrame;
import io.tlstunnel.internal.wire.FrameHandler;
import io.tlstunnel.internal.wire.FrameSplitter;
import io.tlstunnel.internal.wire.FrameWriter;
import io.tlstunnel.internal.wire.HeaderBlockWriter;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Makes one call, {@code grpc.health.v1.Health/Check}, on a route that nobody else uses, and reads
 * all of its answer. The frames are found as the relay finds them; unlike it, this decodes them.
 */
final class HealthCall extends ChannelInboundHandlerAdapter implements FrameHandler {
  /** Is told what the remote says: settings at most once, then one of the others once. */
  interface Listener {
    void settings(RemoteSettings settings);

    void answered(HealthAnswer answer);

    void brokeProtocol(@Nullable String how);

    /** The connection is gone, after a GOAWAY with an error or, if null, without one. */
    void closed(@Nullable Throwable cause, @Nullable Long goAway);
  }

  private static final int STREAM = 1;
  private static final int MAX_HEADER_LIST = 65_536;

  /** The empty request: a gRPC message of no bytes. */
  private static final byte[] EMPTY_MESSAGE = new byte[5];

  private final String authority;
  private final Listener listener;
  private final FrameSplitter splitter;
  private final Http2FrameReader reader =
      new DefaultHttp2FrameReader(new DefaultHttp2HeadersDecoder(false, MAX_HEADER_LIST));
  private final HealthAnswer answer = new HealthAnswer();

  private boolean remoteSpoke;
  private boolean greeted;
  private boolean allowed = true;
  private boolean made;
  private boolean done;
  private @Nullable ChannelHandlerContext ctx;
  private @Nullable Throwable broke;
  private @Nullable Long goAway;

  HealthCall(ByteBufAllocator allocator, String authority, Listener listener) {
    this.authority = authority;
    this.listener = listener;
    splitter = new FrameSplitter(allocator, this);
  }

  @Override
  public void handlerAdded(ChannelHandlerContext context) {
    ctx = context;
    ByteBuf hello = context.alloc().buffer();
    hello.writeBytes(Http2CodecUtil.connectionPrefaceBuf());
    FrameWriter.settings(
        hello,
        Http2CodecUtil.SETTINGS_ENABLE_PUSH,
        0,
        Http2CodecUtil.SETTINGS_MAX_HEADER_LIST_SIZE,
        MAX_HEADER_LIST);
    context.writeAndFlush(hello, context.voidPromise());
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext context) {
    splitter.stop();
    reader.close();
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    try {
      splitter.feed((ByteBuf) message);
    } catch (Http2Exception broken) {
      if (isOurLimit(broken)) {
        answer.headersTooLong();
        answered();
      } else {
        end(() -> listener.brokeProtocol(broken.getMessage()));
      }
    }
  }

  /** Nobody has to keep to SETTINGS_MAX_HEADER_LIST_SIZE (RFC 9113, 6.5.2). */
  private static boolean isOurLimit(Http2Exception broken) {
    return broken instanceof Http2Exception.HeaderListSizeException
        || String.valueOf(broken.getMessage()).startsWith("Header size exceeded");
  }

  /** Whether the call has been made; it waits while the remote allows none. */
  boolean isMade() {
    return made;
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    broke = cause;
    context.close();
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    end(() -> listener.closed(broke, goAway));
  }

  @Override
  public Reception reception(byte type, int length) {
    // A longer frame than we allow is refused when it is shown: nothing of it need be kept.
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
    if (done) {
      return false;
    }
    if (!remoteSpoke) {
      FirstFrame.requireSettings(type, flags, streamId, length);
      remoteSpoke = true;
    }
    if (length > FrameSplitter.DEFAULT_MAX_FRAME_SIZE) {
      throw Http2Exception.connectionError(
          Http2Error.FRAME_SIZE_ERROR, "a frame of %d bytes (expected: at most 16384)", length);
    }
    ByteBuf frame =
        bytes.slice(
            payloadIndex - FrameSplitter.HEADER_LENGTH, FrameSplitter.HEADER_LENGTH + length);
    reader.readFrame(context(), frame, new Reading());
    return false;
  }

  @Override
  public void forward(ByteBuf bytes) {
    bytes.release();
  }

  private ChannelHandlerContext context() {
    if (ctx == null) {
      throw new IllegalStateException("no frame is read before the handler was added");
    }
    return ctx;
  }

  private void call() {
    ByteBuf out = context().alloc().buffer();
    int start = FrameWriter.beginHeaders(out, 0, STREAM);
    new HeaderBlockWriter()
        .field(":method", "POST")
        .field(":scheme", "https")
        .field(":path", "/grpc.health.v1.Health/Check")
        .field(":authority", authority)
        .field("content-type", "application/grpc")
        .field("te", "trailers")
        .field("user-agent", "tlstunnel-diagnosis")
        .writeTo(out);
    FrameWriter.endHeaders(out, start, 0);
    FrameWriter.lastData(out, STREAM, EMPTY_MESSAGE);
    context().writeAndFlush(out, context().voidPromise());
  }

  private void answered() {
    end(
        () -> {
          ByteBuf goodbye = context().alloc().buffer();
          FrameWriter.goAway(goodbye, 0, Http2Error.NO_ERROR, "the diagnosis is done");
          context().writeAndFlush(goodbye, context().voidPromise());
          listener.answered(answer);
        });
  }

  private void end(Runnable last) {
    if (!done) {
      done = true;
      last.run();
    }
  }

  /** What the frames say. */
  private final class Reading extends Http2FrameAdapter {
    @Override
    public void onSettingsRead(ChannelHandlerContext context, Http2Settings settings) {
      ByteBuf ack = context.alloc().buffer();
      FrameWriter.settingsAck(ack);
      context.writeAndFlush(ack, context.voidPromise());
      if (!greeted) {
        greeted = true;
        tell(settings);
      }
      Long streams = settings.maxConcurrentStreams();
      allowed = streams == null ? allowed : streams > 0;
      if (allowed && !made) {
        made = true;
        HealthCall.this.call();
      }
    }

    private void tell(Http2Settings settings) {
      Integer frame = settings.maxFrameSize();
      Integer window = settings.initialWindowSize();
      listener.settings(
          new RemoteSettings(
              settings.maxConcurrentStreams(),
              frame == null ? Http2CodecUtil.DEFAULT_MAX_FRAME_SIZE : frame,
              window == null ? Http2CodecUtil.DEFAULT_WINDOW_SIZE : window,
              settings.maxHeaderListSize()));
    }

    @Override
    public void onPingRead(ChannelHandlerContext context, long data) {
      ByteBuf pong = context.alloc().buffer();
      FrameWriter.ping(pong, true, data);
      context.writeAndFlush(pong, context.voidPromise());
    }

    @Override
    public void onHeadersRead(
        ChannelHandlerContext context,
        int streamId,
        Http2Headers headers,
        int padding,
        boolean endOfStream) {
      if (streamId == STREAM) {
        answer.headers(headers);
        if (endOfStream) {
          answered();
        }
      }
    }

    @Override
    public void onHeadersRead(
        ChannelHandlerContext context,
        int streamId,
        Http2Headers headers,
        int dependency,
        short weight,
        boolean exclusive,
        int padding,
        boolean endOfStream) {
      onHeadersRead(context, streamId, headers, padding, endOfStream);
    }

    @Override
    public int onDataRead(
        ChannelHandlerContext context, int streamId, ByteBuf data, int padding, boolean last) {
      int consumed = data.readableBytes() + padding;
      if (streamId == STREAM) {
        boolean full = answer.body(data);
        if (last || full) {
          answered();
        }
      }
      return consumed;
    }

    @Override
    public void onRstStreamRead(ChannelHandlerContext context, int streamId, long errorCode) {
      if (streamId == STREAM) {
        answer.reset(errorCode);
        answered();
      }
    }

    @Override
    public void onGoAwayRead(
        ChannelHandlerContext context, int lastStreamId, long errorCode, ByteBuf debug) {
      goAway = errorCode;
      if (lastStreamId < STREAM || errorCode != Http2Error.NO_ERROR.code()) {
        answer.goAway(errorCode, debug.toString(StandardCharsets.UTF_8));
        answered();
      }
    }
  }
}
