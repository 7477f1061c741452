package io.tlstunnel;

import io.tlstunnel.event.Limit;
import java.util.Map;

/**
 * What a tunnel has counted since its start, and what there is now.
 *
 * @param connectionsAccepted client connections accepted
 * @param connectionsOpen client connections that are being relayed now
 * @param connectionsNotHttp2 connections closed because they did not begin with the HTTP/2 preface
 * @param routesFailed routes to the remote that could not be built
 * @param routesLost routes that stood and broke, with requests open or before the remote's first
 *     frame
 * @param requestsAnswered requests that the tunnel answered in the remote's place
 * @param bufferedBytes what connections hold now of {@link Limits#maxBufferedBytes}
 * @param limitHits how often each limit was hit
 */
public record TunnelStats(
    long connectionsAccepted,
    long connectionsOpen,
    long connectionsNotHttp2,
    long routesFailed,
    long routesLost,
    long requestsAnswered,
    long bufferedBytes,
    Map<Limit, Long> limitHits) {
  /** Copies the map. */
  public TunnelStats {
    limitHits = Map.copyOf(limitHits);
  }
}
