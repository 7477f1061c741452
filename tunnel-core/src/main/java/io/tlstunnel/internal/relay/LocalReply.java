package io.tlstunnel.internal.relay;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http2.Http2Error;
import io.tlstunnel.internal.wire.FrameFlags;
import io.tlstunnel.internal.wire.FrameWriter;
import io.tlstunnel.internal.wire.GrpcMessage;
import io.tlstunnel.internal.wire.HeaderBlockWriter;
import io.tlstunnel.internal.wire.RequestHeaderTranscoder;
import java.nio.charset.StandardCharsets;

/**
 * What the tunnel says on a stream in the remote's place. Its header blocks use neither table, so
 * that the remote's compression state at the client stays as it is.
 *
 * @param grpcStatus the status for a gRPC request
 * @param httpStatus the status for any other
 * @param message what happened, for a person
 */
record LocalReply(int grpcStatus, int httpStatus, String message) {
  static final int UNAVAILABLE = 14;
  static final int RESOURCE_EXHAUSTED = 8;

  /**
   * What a message may have of bytes: percent-encoded it can grow threefold, and gRPC clients take
   * 8 KiB of headers.
   */
  private static final int MAX_MESSAGE = 2_000;

  private static final int HEADERS_TOO_LARGE = 431;
  private static final int BAD_GATEWAY = 502;
  private static final int SERVICE_UNAVAILABLE = 503;
  private static final int GATEWAY_TIMEOUT = 504;

  LocalReply {
    byte[] text = message.getBytes(StandardCharsets.UTF_8);
    if (text.length > MAX_MESSAGE) {
      message = new String(text, 0, MAX_MESSAGE, StandardCharsets.UTF_8) + "…";
    }
  }

  /** The route failed. */
  static LocalReply unavailable(String message) {
    return new LocalReply(UNAVAILABLE, BAD_GATEWAY, message);
  }

  /** The tunnel has no room. */
  static LocalReply overloaded(String message) {
    return new LocalReply(UNAVAILABLE, SERVICE_UNAVAILABLE, message);
  }

  /** The request's own deadline is near and the route still waits. */
  static LocalReply overdue(String message) {
    return new LocalReply(UNAVAILABLE, GATEWAY_TIMEOUT, message);
  }

  /** The last block that the transcoder walked is over a limit. */
  static LocalReply headersTooLarge(RequestHeaderTranscoder headers, RelayLimits limits) {
    String message =
        "request headers of "
            + headers.headerListSize()
            + " bytes in "
            + headers.headerFields()
            + " fields exceed the tunnel's limit of "
            + limits.maxHeaderListSize()
            + " bytes in "
            + limits.maxHeaderFields()
            + " fields (maxHeaderListSize, maxHeaderFields)";
    return new LocalReply(RESOURCE_EXHAUSTED, HEADERS_TOO_LARGE, message);
  }

  /**
   * Ends a stream of which the remote has said nothing.
   *
   * @param window how many bytes of DATA may be sent: an answer that is not gRPC has the message as
   *     its body only if it fits
   * @return the bytes of DATA that were written
   */
  int write(ByteBuf out, int streamId, boolean grpc, ClientSettings client, long window) {
    byte[] body = message.getBytes(StandardCharsets.UTF_8);
    boolean withBody = !grpc && body.length <= window;
    int start = FrameWriter.beginHeaders(out, withBody ? 0 : FrameFlags.END_STREAM, streamId);
    HeaderBlockWriter block = beginBlock(client);
    if (grpc) {
      addStatus(block.field(":status", "200").field("content-type", "application/grpc"));
    } else {
      block.field(":status", Integer.toString(httpStatus));
    }
    if (withBody) {
      block.field("content-type", "text/plain; charset=utf-8");
    }
    block.writeTo(out);
    FrameWriter.endHeaders(out, start, 0);
    if (withBody) {
      FrameWriter.lastData(out, streamId, body);
      return body.length;
    }
    return 0;
  }

  /** Ends a stream on which the remote's response may have begun: trailers, or a reset. */
  void writeEnd(ByteBuf out, int streamId, int flags, ClientSettings client) {
    if ((flags & StreamTable.GRPC) == 0) {
      FrameWriter.resetStream(out, streamId, Http2Error.INTERNAL_ERROR);
    } else if ((flags & StreamTable.RESPONSE_BEGUN) == 0) {
      write(out, streamId, true, client, 0);
    } else {
      int start = FrameWriter.beginHeaders(out, FrameFlags.END_STREAM, streamId);
      addStatus(beginBlock(client)).writeTo(out);
      FrameWriter.endHeaders(out, start, 0);
    }
  }

  private HeaderBlockWriter addStatus(HeaderBlockWriter block) {
    return block
        .field("grpc-status", Integer.toString(grpcStatus))
        .field("grpc-message", GrpcMessage.encode(message));
  }

  private static HeaderBlockWriter beginBlock(ClientSettings client) {
    HeaderBlockWriter block = new HeaderBlockWriter();
    int due = client.tableSize().takeDue();
    return due == ResponseTableSize.NOTHING_DUE ? block : block.tableSizeUpdate(due);
  }
}
