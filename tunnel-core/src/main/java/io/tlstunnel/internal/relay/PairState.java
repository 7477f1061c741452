package io.tlstunnel.internal.relay;

/**
 * The life of a connection pair.
 *
 * <pre>
 *   WAITING ──route stands──▶ AWAITING_SETTINGS ──remote's first frame──▶ RELAYING
 *      │                             │                                       │
 *      ├──failed, no request yet──▶ FAILED                                   │
 *      └───────────── route failed or lost, the tunnel closes ───────────────┘
 *                                    │
 *                                    ▼
 *                                  ENDING
 *                                    │ the client has heard, or broken the protocol
 *                                    ▼
 *                                 CLOSING ──both connections closed──▶ CLOSED
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
  /** The route failed before the client's first request, which is told so when it comes. */
  FAILED,
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
    return this == WAITING || this == FAILED || this == AWAITING_SETTINGS;
  }

  /** Whether there is a remote, or will be, or has yet to be told of. */
  boolean open() {
    return this != ENDING && this != CLOSING && this != CLOSED;
  }
}
