package io.tlstunnel.internal.relay;

import io.netty.handler.codec.http2.Http2Error;
import io.tlstunnel.event.TunnelFailure;
import io.tlstunnel.internal.upstream.Upstream;

/** What a remote has said of its end: the GOAWAYs that it has sent. */
final class RemoteGoAway {
  /** So many are worth an event. */
  private static final int MAX_TOLD = 10;

  private int count;
  private int lastStreamId = Integer.MAX_VALUE;
  private long error = Http2Error.NO_ERROR.code();

  /** Whether this one is worth telling. */
  boolean received(int last, long why) {
    lastStreamId = Math.min(lastStreamId, last);
    error = why;
    count = Math.min(count + 1, MAX_TOLD + 1);
    return count <= MAX_TOLD;
  }

  /** No stream above it has been processed; {@link Integer#MAX_VALUE} if nothing was said of it. */
  int lastStreamId() {
    return lastStreamId;
  }

  /** A loss behind a GOAWAY was announced by it. */
  TunnelFailure explain(TunnelFailure loss) {
    return count == 0 ? loss : Upstream.afterGoAway(loss, error);
  }
}
