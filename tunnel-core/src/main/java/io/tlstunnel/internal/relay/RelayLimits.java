package io.tlstunnel.internal.relay;

import io.tlstunnel.internal.wire.HeaderRules;
import java.time.Duration;

/**
 * What clients and remote may not exceed; the public {@code Limits} says what each means and does.
 *
 * @param maxHeaderListSize in bytes as RFC 9113, 6.5.2 counts them
 * @param maxHeaderFields in one list of request headers
 * @param maxContinuationFrames in one header block
 * @param maxOpenStreams on one connection
 * @param maxConnections of the tunnel
 * @param maxBufferedBytes of all connections
 * @param prefaceTimeout from the accept to the end of the preface
 * @param headerTimeout from the first byte of a header block to its last
 * @param stallTimeout how long a peer may read nothing while it is waited for
 */
public record RelayLimits(
    int maxHeaderListSize,
    int maxHeaderFields,
    int maxContinuationFrames,
    int maxOpenStreams,
    int maxConnections,
    long maxBufferedBytes,
    Duration prefaceTimeout,
    Duration headerTimeout,
    Duration stallTimeout) {
  /**
   * The longest header block, as it is on the wire, that is read though it is over the limit: to
   * keep the compression state in step.
   */
  int maxHeaderBlockBytes() {
    return maxHeaderListSize * HeaderRules.READ_FACTOR;
  }
}
