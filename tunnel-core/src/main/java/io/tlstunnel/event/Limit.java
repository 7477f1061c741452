package io.tlstunnel.event;

/** What a client or a remote may not have too much of. */
public enum Limit {
  /** The list of a request's headers is too large ({@code maxHeaderListSize}). */
  HEADER_LIST_SIZE,
  /** A request has too many header fields ({@code maxHeaderFields}). */
  HEADER_FIELDS,
  /** A header block is sixteen times larger than allowed, on the wire or decoded. */
  HEADER_BLOCK,
  /** A header block comes in too many frames ({@code maxContinuationFrames}). */
  CONTINUATION_FRAMES,
  /**
   * Few bytes of header blocks stand for very many: references to a large table entry that the
   * remote does not have.
   */
  HEADER_EXPANSION,
  /** A peer sends SETTINGS without end that the other has not acknowledged. */
  SETTINGS_FRAMES,
  /** Too many requests are open on a connection ({@code maxOpenStreams}). */
  OPEN_STREAMS,
  /** Too many clients are connected ({@code maxConnections}). */
  CONNECTIONS,
  /**
   * All connections together hold too much of unfinished headers and waiting requests, and this one
   * the most of it ({@code maxBufferedBytes}).
   */
  BUFFERED_BYTES,
  /** A connection does not show its preface ({@code prefaceTimeout}). */
  PREFACE_TIMEOUT,
  /** The headers of a request do not come to their end ({@code headerTimeout}). */
  HEADER_TIMEOUT,
  /** A client or the remote does not read ({@code stallTimeout}). */
  STALL_TIMEOUT
}
