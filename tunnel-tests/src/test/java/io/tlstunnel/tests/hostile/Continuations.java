package io.tlstunnel.tests.hostile;

import static io.tlstunnel.junit.fault.Http2Code.PROTOCOL_ERROR;
import static io.tlstunnel.tests.hostile.FramesAndStreams.begun;
import static io.tlstunnel.tests.hostile.HostileCase.endsConnection;
import static io.tlstunnel.tests.hostile.HostileCase.response;
import static io.tlstunnel.tests.hostile.Payloads.FIELD;
import static io.tlstunnel.tests.hostile.Payloads.unfinished;

import io.grpc.Status;
import io.tlstunnel.junit.Frame;
import java.util.stream.Stream;

/** Section 6.10 of RFC 9113: header blocks in several frames. */
final class Continuations {
  private static final byte[] TEST = {'t', 'e', 's', 't'};

  private Continuations() {}

  static Stream<HostileCase> cases() {
    return Stream.of(
        response(
            "6.10/1",
            "a response whose headers are in three frames",
            stream ->
                frames(
                    unfinished(stream, false),
                    Frame.continuation(stream, false, FIELD),
                    Frame.continuation(stream, true, FIELD),
                    Frame.message(stream, HostileRemote.RESPONSE),
                    Frame.trailers(stream, 0, ""))),
        endsConnection(
            "6.10/2",
            "a DATA frame within a header block",
            PROTOCOL_ERROR,
            stream ->
                frames(
                    unfinished(stream, false),
                    Frame.continuation(stream, false, FIELD),
                    Frame.data(stream, TEST, true))),
        endsConnection(
            "6.10/3",
            "a CONTINUATION frame on stream 0",
            PROTOCOL_ERROR,
            stream -> frames(unfinished(stream, true), Frame.continuation(0, true, FIELD))),
        endsConnection(
            "6.10/4",
            "a CONTINUATION frame behind a header block that is whole",
            PROTOCOL_ERROR,
            stream -> frames(begun(stream), Frame.continuation(stream, true, FIELD))),
        endsConnection(
                "6.10/5",
                "a CONTINUATION frame behind the last one of a header block",
                PROTOCOL_ERROR,
                stream ->
                    frames(
                        unfinished(stream, true),
                        Frame.continuation(stream, true, FIELD),
                        Frame.continuation(stream, true, FIELD)))
            .when(Status.Code.UNKNOWN),
        endsConnection(
            "6.10/6",
            "a CONTINUATION frame behind a DATA frame",
            PROTOCOL_ERROR,
            stream ->
                frames(
                    begun(stream),
                    Frame.data(stream, TEST, false),
                    Frame.continuation(stream, true, FIELD))));
  }

  private static Frame[] frames(Frame... frames) {
    return frames;
  }
}
