package io.tlstunnel.internal.relay;

import io.tlstunnel.event.TunnelFailure;
import io.tlstunnel.internal.upstream.Upstream;
import io.tlstunnel.internal.wire.GoAway;
import org.jspecify.annotations.Nullable;

/** What a remote has said of its end: the GOAWAYs that it has sent. */
final class RemoteGoAway {
  /** So many are worth an event. */
  private static final int MAX_TOLD = 10;

  private int count;
  private int lastStreamId = Integer.MAX_VALUE;
  private @Nullable GoAway latest;

  /** Whether this one is worth telling. */
  boolean received(GoAway frame) {
    lastStreamId = Math.min(lastStreamId, frame.lastStreamId());
    latest = frame;
    count = Math.min(count + 1, MAX_TOLD + 1);
    return count <= MAX_TOLD;
  }

  /** No stream above it has been processed; {@link Integer#MAX_VALUE} if nothing was said of it. */
  int lastStreamId() {
    return lastStreamId;
  }

  /** A loss behind a GOAWAY was announced by it. */
  TunnelFailure explain(TunnelFailure loss) {
    return latest == null ? loss : Upstream.afterGoAway(loss, latest.phrase());
  }
}
