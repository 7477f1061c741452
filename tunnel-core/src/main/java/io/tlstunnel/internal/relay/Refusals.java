package io.tlstunnel.internal.relay;

import io.netty.handler.codec.http2.Http2Error;
import io.tlstunnel.event.Limit;
import io.tlstunnel.internal.wire.FrameWriter;
import io.tlstunnel.internal.wire.RequestHeaderTranscoder;

/**
 * What the tunnel refuses of a client's requests while the connection and its other streams live
 * on. What is to be said waits for the end of the read: a flood must not cost a write for each.
 */
final class Refusals {
  private final ConnectionPair pair;
  private final PairReport report;
  private final LocalServer local;
  private final StreamTable streams;
  private final RelayContext context;

  Refusals(ConnectionPair pair, PairReport report, LocalServer local, RelayContext context) {
    this.pair = pair;
    this.report = report;
    this.local = local;
    this.streams = pair.streams();
    this.context = context;
  }

  /** Answers a request whose headers exceed a limit. */
  void answerTooLarge(int streamId, RequestHeaderTranscoder headers) {
    LocalReply reply = tooLarge(headers);
    local.answer(streamId, reply);
    pair.stopUntilHeard();
    report.answered(streamId, reply);
  }

  /**
   * Ends a request whose trailers exceed a limit. By a reset, since the remote's response may be
   * under way: after a reset a client ignores what still comes, after an end it need not.
   */
  void resetTooLarge(int streamId, RequestHeaderTranscoder trailers) {
    LocalReply reply = tooLarge(trailers);
    FrameWriter.resetStream(local.pending(), streamId, Http2Error.ENHANCE_YOUR_CALM);
    pair.stopUntilHeard();
    streams.remove(streamId);
    context.counters().requestsAnswered.increment();
    report.answered(streamId, reply);
  }

  private LocalReply tooLarge(RequestHeaderTranscoder headers) {
    RelayLimits limits = pair.limits();
    LocalReply reply = LocalReply.headersTooLarge(headers, limits);
    boolean fields = headers.headerFields() > limits.maxHeaderFields();
    report.limitHit(fields ? Limit.HEADER_FIELDS : Limit.HEADER_LIST_SIZE, reply.message());
    return reply;
  }

  /** A stream that came after the last one that the GOAWAY promised to serve: safe to try again. */
  void afterGoAway(int streamId) {
    refuse(streamId);
  }

  /** A stream over the limit: safe to try again. */
  void oneTooMany(int streamId) {
    report.limitHit(
        Limit.OPEN_STREAMS, pair.limits().maxOpenStreams() + " requests are open (maxOpenStreams)");
    refuse(streamId);
  }

  private void refuse(int streamId) {
    FrameWriter.resetStream(local.pending(), streamId, Http2Error.REFUSED_STREAM);
    streams.open(streamId, StreamTable.ANSWERED);
    pair.stopUntilHeard();
  }

  /**
   * Gives bytes of a refused request back to the connection's window: the remote, which never sees
   * them, will not.
   */
  void returnToConnectionWindow(int bytes) {
    if (bytes > 0) {
      FrameWriter.windowUpdate(local.pending(), 0, bytes);
      pair.stopUntilHeard();
    }
  }
}
