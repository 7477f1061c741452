package io.tlstunnel;

import io.tlstunnel.internal.runtime.DirectMemory;
import java.time.Duration;
import java.util.function.Consumer;

/**
 * What a tunnel takes from a client or a remote before it defends itself. Immutable: each method
 * with an argument gives a copy in which one limit is changed.
 *
 * <pre>{@code
 * builder.limits(Limits.defaults().maxConnections(100).headerTimeout(Duration.ofSeconds(5)))
 * }</pre>
 *
 * A limit that is hit is told as {@link io.tlstunnel.event.TunnelEvent.LimitHit}, counted in {@link
 * TunnelStats#limitHits} and logged, a flood of them in a few lines.
 */
public final class Limits {
  private static final int SHARE_OF_DIRECT_MEMORY = 4;
  private static final long LEAST_BUFFERED = 65_536;
  private static final long MOST_BUFFERED = 1L << 40;
  private static final Limits DEFAULTS = new Limits();

  private int maxHeaderListSize = 65_536;
  private int maxHeaderFields = 100;
  private int maxContinuationFrames = 128;
  private int maxOpenStreams = 16_384;
  private int maxConnections = 1_000;
  private long maxBufferedBytes =
      Math.max(LEAST_BUFFERED, DirectMemory.bytes() / SHARE_OF_DIRECT_MEMORY);
  private Duration prefaceTimeout = Duration.ofSeconds(10);
  private Duration headerTimeout = Duration.ofSeconds(10);
  private Duration stallTimeout = Duration.ofMinutes(5);

  private Limits() {}

  /** The limits of a tunnel that was told of none. */
  public static Limits defaults() {
    return DEFAULTS;
  }

  /**
   * The largest list of request headers. A request with more is answered with RESOURCE_EXHAUSTED
   * (or HTTP 431), and the connection lives on; one with sixteen times as much ends the connection,
   * with ENHANCE_YOUR_CALM. Default: 65,536.
   *
   * @param bytes 1,024-1,048,576, counted as SETTINGS_MAX_HEADER_LIST_SIZE counts (RFC 9113, 6.5.2)
   */
  public Limits maxHeaderListSize(int bytes) {
    Checks.between(bytes, 1_024, 1_048_576, "maxHeaderListSize");
    return with(limits -> limits.maxHeaderListSize = bytes);
  }

  /**
   * The most fields in a list of request headers, answered likewise. Default: 100.
   *
   * @param fields 10-10,000
   */
  public Limits maxHeaderFields(int fields) {
    Checks.between(fields, 10, 10_000, "maxHeaderFields");
    return with(limits -> limits.maxHeaderFields = fields);
  }

  /**
   * The most CONTINUATION frames in a header block, also if they are empty; more end the connection
   * with ENHANCE_YOUR_CALM. Default: 128.
   *
   * @param frames 1-10,000
   */
  public Limits maxContinuationFrames(int frames) {
    Checks.between(frames, 1, 10_000, "maxContinuationFrames");
    return with(limits -> limits.maxContinuationFrames = frames);
  }

  /**
   * The most requests that are open on a connection at a time. The remote has a limit of its own,
   * which clients learn and keep to; this one bounds what the tunnel remembers of clients that do
   * not. A request too many is answered with REFUSED_STREAM, which clients repeat. Default: 16,384.
   *
   * @param streams 1-1,000,000
   */
  public Limits maxOpenStreams(int streams) {
    Checks.between(streams, 1, 1_000_000, "maxOpenStreams");
    return with(limits -> limits.maxOpenStreams = streams);
  }

  /**
   * The most client connections at a time, those included that have not shown their preface. One
   * too many is told so with GOAWAY and closed. Default: 1,000.
   *
   * @param connections 1-1,000,000
   */
  public Limits maxConnections(int connections) {
    Checks.between(connections, 1, 1_000_000, "maxConnections");
    return with(limits -> limits.maxConnections = connections);
  }

  /**
   * The most bytes that all connections may hold together of what clients have sent and the tunnel
   * cannot pass on yet: header blocks that are not complete, and requests that wait for the route.
   * When they would hold more, the connection that holds the most is ended, with ENHANCE_YOUR_CALM.
   * 16 KiB of each connection are not counted, and nor is what waits for a peer that does not read:
   * its bound is 128 KiB and a read of each connection. Default: a quarter of the direct memory
   * that the JVM may take ({@code -XX:MaxDirectMemorySize}, by default its heap's size).
   *
   * @param bytes 65,536-1,099,511,627,776
   */
  public Limits maxBufferedBytes(long bytes) {
    Checks.between(bytes, LEAST_BUFFERED, MOST_BUFFERED, "maxBufferedBytes");
    return with(limits -> limits.maxBufferedBytes = bytes);
  }

  /**
   * How long a connection may take for its HTTP/2 preface. Default: 10 s.
   *
   * @param timeout 1 ms to 1 day
   */
  public Limits prefaceTimeout(Duration timeout) {
    Checks.timeout(timeout, "prefaceTimeout");
    return with(limits -> limits.prefaceTimeout = timeout);
  }

  /**
   * How long the headers of a request may take from their first byte to their last; after that
   * long, or up to half as long again, the connection ends with ENHANCE_YOUR_CALM. Default: 10 s.
   *
   * @param timeout 1 ms to 1 day
   */
  public Limits headerTimeout(Duration timeout) {
    Checks.timeout(timeout, "headerTimeout");
    return with(limits -> limits.headerTimeout = timeout);
  }

  /**
   * How long a client, or the remote, may read nothing while so much waits for it that the other
   * side is no longer read; after that long, or up to half as long again, it is given up. Default:
   * 5 min.
   *
   * @param timeout 1 ms to 1 day
   */
  public Limits stallTimeout(Duration timeout) {
    Checks.timeout(timeout, "stallTimeout");
    return with(limits -> limits.stallTimeout = timeout);
  }

  /** See {@link #maxHeaderListSize(int)}. */
  public int maxHeaderListSize() {
    return maxHeaderListSize;
  }

  /** See {@link #maxHeaderFields(int)}. */
  public int maxHeaderFields() {
    return maxHeaderFields;
  }

  /** See {@link #maxContinuationFrames(int)}. */
  public int maxContinuationFrames() {
    return maxContinuationFrames;
  }

  /** See {@link #maxOpenStreams(int)}. */
  public int maxOpenStreams() {
    return maxOpenStreams;
  }

  /** See {@link #maxConnections(int)}. */
  public int maxConnections() {
    return maxConnections;
  }

  /** See {@link #maxBufferedBytes(long)}. */
  public long maxBufferedBytes() {
    return maxBufferedBytes;
  }

  /** See {@link #prefaceTimeout(Duration)}. */
  public Duration prefaceTimeout() {
    return prefaceTimeout;
  }

  /** See {@link #headerTimeout(Duration)}. */
  public Duration headerTimeout() {
    return headerTimeout;
  }

  /** See {@link #stallTimeout(Duration)}. */
  public Duration stallTimeout() {
    return stallTimeout;
  }

  private Limits with(Consumer<Limits> change) {
    Limits changed = new Limits();
    changed.maxHeaderListSize = maxHeaderListSize;
    changed.maxHeaderFields = maxHeaderFields;
    changed.maxContinuationFrames = maxContinuationFrames;
    changed.maxOpenStreams = maxOpenStreams;
    changed.maxConnections = maxConnections;
    changed.maxBufferedBytes = maxBufferedBytes;
    changed.prefaceTimeout = prefaceTimeout;
    changed.headerTimeout = headerTimeout;
    changed.stallTimeout = stallTimeout;
    change.accept(changed);
    return changed;
  }

  @Override
  public String toString() {
    return "Limits[maxHeaderListSize="
        + maxHeaderListSize
        + ", maxHeaderFields="
        + maxHeaderFields
        + ", maxContinuationFrames="
        + maxContinuationFrames
        + ", maxOpenStreams="
        + maxOpenStreams
        + ", maxConnections="
        + maxConnections
        + ", maxBufferedBytes="
        + maxBufferedBytes
        + ", prefaceTimeout="
        + prefaceTimeout
        + ", headerTimeout="
        + headerTimeout
        + ", stallTimeout="
        + stallTimeout
        + "]";
  }
}
