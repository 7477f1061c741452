package io.tlstunnel.internal.relay;

/**
 * The life of a connection pair.
 *
 * <pre>
 *      ┌────────────────── a later request ──────────────────┐
 *      ▼                                                     │
 *   WAITING ───────────────── route failed ──────────────▶ FAILED
 *      │                                                     ▲
 *      └─route stands─▶ AWAITING_SETTINGS ──route lost───────┘
 *                             │
 *                             └─remote's first frame─▶ RELAYING
 *
 *   REFUSED: no room for the connection
 *
 *   each of these ──remote lost, or the tunnel closes──▶ ENDING
 *      ENDING ──the client has heard, or broken the protocol──▶ CLOSING
 *      CLOSING ──both connections closed──▶ CLOSED
 * </pre>
 */
enum PairState {
  /**
   * The client is greeted, its requests wait; the tunnel is its HTTP/2 server if the route fails.
   */
  WAITING,
  /**
   * The requests have left; until the remote speaks, the tunnel is still the server if it is lost.
   */
  AWAITING_SETTINGS,
  /**
   * The route has failed, and all requests are told so: those also that the client has sent before
   * it {@linkplain FailedRoute#fresh could hear} of that. The next one has the route tried again.
   * The client keeps its connection: many clients lose requests when a connection ends.
   */
  FAILED,
  /**
   * There is no room for the connection: its requests are told so, until they {@linkplain Refusal
   * pause}.
   */
  REFUSED,
  /** The remote is the server; the tunnel may only add frames between the remote's. */
  RELAYING,
  /**
   * The remote is out of the way and all that was open is answered; the tunnel is the server until
   * the client has heard that the connection ends.
   */
  ENDING,
  /** All has been said; what was written is being flushed. */
  CLOSING,
  /** Nothing is left. */
  CLOSED;

  /** Whether the remote's connection settings have not reached the client. */
  boolean tunnelIsServer() {
    return this == WAITING || this == FAILED || this == REFUSED || this == AWAITING_SETTINGS;
  }

  /** Whether there is a remote, or may be, or has yet to be told of. */
  boolean open() {
    return this != ENDING && this != CLOSING && this != CLOSED;
  }
}
