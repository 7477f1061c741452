package io.tlstunnel.tests.hostile;

import static io.tlstunnel.junit.fault.Http2Code.FLOW_CONTROL_ERROR;
import static io.tlstunnel.junit.fault.Http2Code.FRAME_SIZE_ERROR;
import static io.tlstunnel.junit.fault.Http2Code.PROTOCOL_ERROR;
import static io.tlstunnel.junit.fault.Http2Code.STREAM_CLOSED;
import static io.tlstunnel.tests.hostile.FramesAndStreams.begun;
import static io.tlstunnel.tests.hostile.FramesAndStreams.ended;
import static io.tlstunnel.tests.hostile.HostileCase.allowed;
import static io.tlstunnel.tests.hostile.HostileCase.endsConnection;
import static io.tlstunnel.tests.hostile.HostileCase.endsStream;

import io.grpc.Status;
import io.tlstunnel.junit.Frame;
import io.tlstunnel.junit.fault.Http2Code;
import java.util.stream.Stream;

/** Section 6 of RFC 9113: each type of frame. */
final class FrameDefinitions {
  private static final int IDLE = 2;
  private static final byte[] TEST = {'t', 'e', 's', 't'};

  private FrameDefinitions() {}

  static Stream<HostileCase> cases() {
    return Stream.of(
            data(), headers(), priority(), rstStream(), settings(), ping(), goAway(), window())
        .flatMap(cases -> cases);
  }

  private static Stream<HostileCase> data() {
    return Stream.of(
        endsConnection(
            "6.1/1",
            "a DATA frame on stream 0",
            PROTOCOL_ERROR,
            stream -> frames(Frame.data(0, TEST, true))),
        endsStream(
                "6.1/2",
                "a DATA frame on a stream that is closed",
                STREAM_CLOSED,
                stream -> frames(ended(stream), Frame.data(stream, TEST, false)))
            .when(Status.Code.UNKNOWN),
        endsConnection(
            "6.1/3",
            "a DATA frame with padding as long as the frame",
            PROTOCOL_ERROR,
            stream ->
                frames(
                    begun(stream),
                    raw(
                        Frame.DATA,
                        Frame.END_STREAM | Frame.PADDED,
                        stream,
                        6,
                        't',
                        'e',
                        's',
                        't'))));
  }

  private static Stream<HostileCase> headers() {
    byte[] paddedTooMuch =
        Payloads.joined(new byte[] {(byte) (Payloads.BLOCK.length + 1)}, Payloads.BLOCK);
    return Stream.of(
        endsConnection(
            "6.2/1",
            "a PRIORITY frame within a header block",
            PROTOCOL_ERROR,
            stream ->
                frames(
                    Payloads.unfinished(stream, false),
                    raw(Frame.PRIORITY, 0, stream, 0, 0, 0, 0, 255),
                    Frame.continuation(stream, true, Payloads.FIELD))),
        endsConnection(
            "6.2/2", "a HEADERS frame on stream 0", PROTOCOL_ERROR, stream -> frames(ended(0))),
        endsConnection(
            "6.2/3",
            "a HEADERS frame with padding as long as the frame",
            PROTOCOL_ERROR,
            stream ->
                frames(
                    new Frame(
                        Frame.HEADERS, Frame.END_HEADERS | Frame.PADDED, stream, paddedTooMuch))));
  }

  private static Stream<HostileCase> priority() {
    return Stream.of(
        endsConnection(
            "6.3/1",
            "a PRIORITY frame on stream 0",
            PROTOCOL_ERROR,
            stream -> frames(raw(Frame.PRIORITY, 0, 0, 0, 0, 0, 0, 255))),
        endsStream(
            "6.3/2",
            "a PRIORITY frame of 4 bytes",
            FRAME_SIZE_ERROR,
            stream -> frames(raw(Frame.PRIORITY, 0, stream, 0, 0, 0, 0))));
  }

  private static Stream<HostileCase> rstStream() {
    return Stream.of(
        endsConnection(
            "6.4/1",
            "a RST_STREAM frame on stream 0",
            PROTOCOL_ERROR,
            stream -> frames(Frame.reset(0, Http2Code.CANCEL))),
        endsConnection(
            "6.4/2",
            "a RST_STREAM frame on an idle stream, in mid-response",
            PROTOCOL_ERROR,
            stream -> frames(begun(stream), Frame.reset(IDLE, Http2Code.CANCEL))),
        endsConnection(
            "6.4/3",
            "a RST_STREAM frame of 3 bytes",
            FRAME_SIZE_ERROR,
            stream -> frames(begun(stream), raw(Frame.RST_STREAM, 0, stream, 0, 0, 0))));
  }

  private static Stream<HostileCase> settings() {
    return Stream.of(
        endsConnection(
            "6.5/1",
            "an acknowledgement of SETTINGS with a payload",
            FRAME_SIZE_ERROR,
            stream -> frames(raw(Frame.SETTINGS, Frame.ACK, 0, 0, 0, 0, 0, 0, 0))),
        endsConnection(
            "6.5/2",
            "a SETTINGS frame on a stream",
            PROTOCOL_ERROR,
            stream -> frames(raw(Frame.SETTINGS, 0, stream, 0, 3, 0, 0, 0, 100))),
        endsConnection(
            "6.5/3",
            "a SETTINGS frame of 3 bytes",
            FRAME_SIZE_ERROR,
            stream -> frames(raw(Frame.SETTINGS, 0, 0, 0, 3, 0))),
        endsConnection(
            "6.5.2/1",
            "SETTINGS with an initial window of 2^31",
            FLOW_CONTROL_ERROR,
            stream -> frames(Frame.settings(Frame.SETTINGS_INITIAL_WINDOW_SIZE, 1 << 31))),
        endsConnection(
            "6.5.2/2",
            "SETTINGS with frames of at most 16,383 bytes",
            PROTOCOL_ERROR,
            stream -> frames(Frame.settings(Frame.SETTINGS_MAX_FRAME_SIZE, 16_383))),
        endsConnection(
            "6.5.2/3",
            "SETTINGS with frames of up to 2^24 bytes",
            PROTOCOL_ERROR,
            stream -> frames(Frame.settings(Frame.SETTINGS_MAX_FRAME_SIZE, 1 << 24))),
        allowed(
            "6.5.2/4",
            "SETTINGS with an identifier that is unknown",
            stream -> frames(Frame.settings(0xff, 1))),
        allowed(
            "6.5.3/1",
            "SETTINGS in mid-connection are acknowledged",
            stream -> frames(Frame.settings(Frame.SETTINGS_MAX_CONCURRENT_STREAMS, 100))));
  }

  private static Stream<HostileCase> ping() {
    return Stream.of(
        allowed(
            "6.7/1", "a PING is answered with its payload", stream -> frames(Frame.ping(0x68_32))),
        allowed(
            "6.7/2",
            "the answer to a PING that was never sent is not answered",
            stream -> frames(raw(Frame.PING, Frame.ACK, 0, 9, 9, 9, 9, 9, 9, 9, 9))),
        endsConnection(
            "6.7/3",
            "a PING on a stream",
            PROTOCOL_ERROR,
            stream -> frames(raw(Frame.PING, 0, stream, 0, 0, 0, 0, 0, 0, 0, 0))),
        endsConnection(
            "6.7/4",
            "a PING of 6 bytes",
            FRAME_SIZE_ERROR,
            stream -> frames(raw(Frame.PING, 0, 0, 0, 0, 0, 0, 0, 0))));
  }

  private static Stream<HostileCase> goAway() {
    return Stream.of(
        endsConnection(
            "6.8/1",
            "a GOAWAY frame on a stream",
            PROTOCOL_ERROR,
            stream -> frames(raw(Frame.GOAWAY, 0, stream, 0, 0, 0, 0, 0, 0, 0, 0))));
  }

  private static Stream<HostileCase> window() {
    return Stream.of(
        endsConnection(
            "6.9/1",
            "a WINDOW_UPDATE of 0 for the connection",
            PROTOCOL_ERROR,
            stream -> frames(Frame.windowUpdate(0, 0))),
        endsStream(
            "6.9/2",
            "a WINDOW_UPDATE of 0 for a stream",
            PROTOCOL_ERROR,
            stream -> frames(begun(stream), Frame.windowUpdate(stream, 0))),
        endsConnection(
            "6.9/3",
            "a WINDOW_UPDATE frame of 3 bytes",
            FRAME_SIZE_ERROR,
            stream -> frames(raw(Frame.WINDOW_UPDATE, 0, 0, 0, 0, 1))),
        endsConnection(
            "6.9.1/1",
            "WINDOW_UPDATEs that make the connection's window larger than 2^31-1",
            FLOW_CONTROL_ERROR,
            stream ->
                frames(
                    Frame.windowUpdate(0, Integer.MAX_VALUE),
                    Frame.windowUpdate(0, Integer.MAX_VALUE))),
        endsStream(
            "6.9.1/2",
            "WINDOW_UPDATEs that make a stream's window larger than 2^31-1",
            FLOW_CONTROL_ERROR,
            stream ->
                frames(
                    begun(stream),
                    Frame.windowUpdate(stream, Integer.MAX_VALUE),
                    Frame.windowUpdate(stream, Integer.MAX_VALUE))));
  }

  private static Frame raw(int type, int flags, int stream, int... payload) {
    byte[] bytes = new byte[payload.length];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) payload[i];
    }
    return new Frame(type, flags, stream, bytes);
  }

  private static Frame[] frames(Frame... frames) {
    return frames;
  }
}
