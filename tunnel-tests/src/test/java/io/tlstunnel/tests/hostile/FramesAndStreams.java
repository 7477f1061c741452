package io.tlstunnel.tests.hostile;

import static io.tlstunnel.junit.fault.Http2Code.COMPRESSION_ERROR;
import static io.tlstunnel.junit.fault.Http2Code.FRAME_SIZE_ERROR;
import static io.tlstunnel.junit.fault.Http2Code.PROTOCOL_ERROR;
import static io.tlstunnel.junit.fault.Http2Code.STREAM_CLOSED;
import static io.tlstunnel.tests.hostile.HostileCase.allowed;
import static io.tlstunnel.tests.hostile.HostileCase.endsConnection;
import static io.tlstunnel.tests.hostile.HostileCase.endsStream;
import static io.tlstunnel.tests.hostile.HostileCase.response;

import io.grpc.Status;
import io.tlstunnel.junit.Frame;
import io.tlstunnel.junit.fault.Http2Code;
import java.util.stream.Stream;

/** Sections 3 to 5 of RFC 9113: the preface, the frames' format, the streams' states. */
final class FramesAndStreams {
  /** A type that no document defines. */
  static final int UNKNOWN_TYPE = 0x16;

  private static final int RESERVED_BIT = 1 << 31;

  /** A stream that neither side has opened, and that only the remote could. */
  private static final int IDLE = 2;

  private static final byte[] TEST = {'t', 'e', 's', 't'};
  private static final byte[] EIGHT = new byte[8];

  private FramesAndStreams() {}

  static Stream<HostileCase> cases() {
    return Stream.of(start(), format(), states(), errors()).flatMap(cases -> cases);
  }

  private static Stream<HostileCase> start() {
    return Stream.of(
        response("1/1", "a sound beginning and a sound response", HostileRemote::response));
  }

  private static Stream<HostileCase> format() {
    byte[] message = new byte[Payloads.MAX_FRAME - Payloads.GRPC_PREFIX];
    return Stream.of(
        allowed(
            "4.1/1",
            "a frame of a type that is unknown",
            stream -> frames(new Frame(UNKNOWN_TYPE, 0, 0, EIGHT))),
        allowed(
            "4.1/2",
            "a PING with flags that are not defined",
            stream -> frames(new Frame(Frame.PING, 0x16, 0, EIGHT))),
        allowed(
            "4.1/3",
            "a PING with the reserved bit set",
            stream -> frames(new Frame(Frame.PING, 0, RESERVED_BIT, EIGHT))),
        response(
            "4.2/1",
            "a DATA frame of 16,384 bytes, the length that everybody takes",
            stream ->
                frames(
                    Frame.responseHeaders(stream),
                    Frame.message(stream, message),
                    Frame.trailers(stream, 0, ""))),
        endsConnection(
            "4.2/2",
            "a DATA frame of 16,385 bytes",
            FRAME_SIZE_ERROR,
            stream ->
                frames(
                    Frame.responseHeaders(stream),
                    Frame.data(stream, new byte[Payloads.MAX_FRAME + 1], true))),
        endsConnection(
            "4.2/3",
            "a HEADERS frame of 16,385 bytes",
            FRAME_SIZE_ERROR,
            stream -> frames(Payloads.headersOfLength(stream, Payloads.MAX_FRAME + 1))),
        endsConnection(
            "4.3/1",
            "a header block that cannot be decoded",
            COMPRESSION_ERROR, // Index 0 is in no table (RFC 7541, 6.1).
            stream -> frames(Frame.headers(stream, false, new byte[] {(byte) 0x80}))));
  }

  // The response of a call whose END_STREAM comes too early lacks its grpc-status: UNKNOWN.
  private static Stream<HostileCase> states() {
    return Stream.of(
        endsConnection(
            "5.1/1",
            "a DATA frame on an idle stream",
            PROTOCOL_ERROR,
            stream -> frames(Frame.data(IDLE, TEST, true))),
        endsConnection(
            "5.1/2",
            "a RST_STREAM frame on an idle stream",
            PROTOCOL_ERROR,
            stream -> frames(Frame.reset(IDLE, Http2Code.CANCEL))),
        endsConnection(
            "5.1/3",
            "a WINDOW_UPDATE frame on an idle stream",
            PROTOCOL_ERROR,
            stream -> frames(Frame.windowUpdate(IDLE, 100))),
        endsConnection(
            "5.1/4",
            "a CONTINUATION frame on an idle stream",
            PROTOCOL_ERROR,
            stream -> frames(Frame.continuation(IDLE, true, Payloads.BLOCK))),
        endsStream(
                "5.1/5",
                "a DATA frame after RST_STREAM",
                STREAM_CLOSED,
                stream -> frames(begun(stream), cancelled(stream), Frame.data(stream, TEST, true)))
            .when(Status.Code.CANCELLED),
        endsStream(
                "5.1/6",
                "a HEADERS frame after RST_STREAM",
                STREAM_CLOSED,
                stream -> frames(begun(stream), cancelled(stream), ended(stream)))
            .when(Status.Code.CANCELLED),
        endsConnection(
                "5.1/7",
                "a CONTINUATION frame after RST_STREAM",
                PROTOCOL_ERROR,
                stream ->
                    frames(
                        begun(stream),
                        cancelled(stream),
                        Frame.continuation(stream, true, Payloads.BLOCK)))
            .when(Status.Code.CANCELLED),
        // RFC 9113 asks for the end of the connection in these two; grpc-java ends the stream only.
        endsStream(
                "5.1/8",
                "a DATA frame after END_STREAM (grpc-java ends the stream only)",
                STREAM_CLOSED,
                stream -> frames(ended(stream), Frame.data(stream, TEST, true)))
            .when(Status.Code.UNKNOWN),
        endsStream(
                "5.1/9",
                "a HEADERS frame after END_STREAM (grpc-java ends the stream only)",
                STREAM_CLOSED,
                stream -> frames(ended(stream), ended(stream)))
            .when(Status.Code.UNKNOWN),
        endsConnection(
                "5.1/10",
                "a CONTINUATION frame after END_STREAM",
                PROTOCOL_ERROR,
                stream -> frames(ended(stream), Frame.continuation(stream, true, Payloads.BLOCK)))
            .when(Status.Code.UNKNOWN),
        endsConnection(
            "5.1.1/1",
            "a HEADERS frame on a stream that the client has not opened",
            PROTOCOL_ERROR,
            stream -> frames(ended(101))));
  }

  private static Stream<HostileCase> errors() {
    Frame invalidPing = new Frame(Frame.PING, 0, 3, EIGHT);
    return Stream.of(
        endsConnection(
            "5.4.1/1",
            "an error of the connection: it is closed",
            PROTOCOL_ERROR,
            stream -> frames(invalidPing)),
        endsConnection(
            "5.4.1/2",
            "an error of the connection in mid-response: GOAWAY comes first",
            PROTOCOL_ERROR,
            stream -> frames(begun(stream), invalidPing)),
        allowed(
            "5.5/1",
            "an extension frame on the call's stream",
            stream -> frames(new Frame(UNKNOWN_TYPE, 0xff, stream, EIGHT))));
  }

  /** Response headers. */
  static Frame begun(int stream) {
    return Frame.responseHeaders(stream);
  }

  /** A response that is over, and lacks the grpc-status. */
  static Frame ended(int stream) {
    return Frame.headers(stream, true, Payloads.BLOCK);
  }

  private static Frame cancelled(int stream) {
    return Frame.reset(stream, Http2Code.CANCEL);
  }

  private static Frame[] frames(Frame... frames) {
    return frames;
  }
}
