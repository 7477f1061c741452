package io.tlstunnel.tests.hostile;

import static io.tlstunnel.junit.fault.Http2Code.FRAME_SIZE_ERROR;
import static io.tlstunnel.junit.fault.Http2Code.PROTOCOL_ERROR;
import static io.tlstunnel.tests.hostile.HostileCase.allowed;
import static io.tlstunnel.tests.hostile.HostileCase.endsConnection;
import static io.tlstunnel.tests.hostile.HostileCase.endsStream;

import io.grpc.Status;
import io.tlstunnel.junit.Frame;
import io.tlstunnel.junit.fault.Http2Code;
import java.util.stream.Stream;

/** What h2spec does not ask of clients, and a hostile remote may do all the same. */
final class BeyondTheList {
  private static final int ENABLE_PUSH = 2;

  private BeyondTheList() {}

  static Stream<HostileCase> cases() {
    return Stream.of(
        endsConnection(
            "8.4",
            "a PUSH_PROMISE, which the client has not allowed",
            PROTOCOL_ERROR,
            stream ->
                frames(
                    new Frame(
                        Frame.PUSH_PROMISE,
                        Frame.END_HEADERS,
                        stream,
                        Payloads.joined(new byte[] {0, 0, 0, 2}, Payloads.FIELD)))),
        endsConnection(
            "6.5.2",
            "SETTINGS in which a server allows to be pushed to",
            PROTOCOL_ERROR,
            stream -> frames(Frame.settings(ENABLE_PUSH, 1))),
        endsConnection(
            "6.8",
            "a GOAWAY frame of 4 bytes",
            FRAME_SIZE_ERROR,
            stream -> frames(new Frame(Frame.GOAWAY, 0, 0, new byte[4]))),
        endsConnection(
                "6.8",
                "a GOAWAY frame whose last stream is larger than that of the one before",
                PROTOCOL_ERROR,
                stream ->
                    frames(
                        Frame.goAway(stream, Http2Code.NO_ERROR, ""),
                        Frame.goAway(stream + 2, Http2Code.NO_ERROR, "")))
            .when(Status.Code.UNAVAILABLE),
        // grpc-java gives the call up by itself, without a word about HTTP/2.
        allowed(
                "8.1",
                "a response that begins with DATA",
                stream -> frames(Frame.message(stream, HostileRemote.RESPONSE)))
            .when(Status.Code.INTERNAL),
        endsStream(
            "8.2.1",
            "a field whose name is in upper case",
            PROTOCOL_ERROR,
            stream -> frames(Frame.headers(stream, false, ":status", "200", "X-Field", "value"))),
        endsStream(
            "8.3",
            "a pseudo-header field of requests in a response",
            PROTOCOL_ERROR,
            stream -> frames(Frame.headers(stream, false, ":status", "200", ":path", "/"))));
  }

  private static Frame[] frames(Frame... frames) {
    return frames;
  }
}
