package io.tlstunnel;

/**
 * The life of a tunnel.
 *
 * <pre>
 *   start() ──▶ RUNNING ──close(drain)──▶ DRAINING ──▶ CLOSED
 *                  │                                     ▲
 *                  └──────────────close()────────────────┘
 * </pre>
 */
public enum TunnelState {
  /** Listening; connections are accepted and relayed. */
  RUNNING,
  /** No longer listening; requests under way are finished. */
  DRAINING,
  /** Nothing of the tunnel is left: no thread, no socket, no buffer. */
  CLOSED
}
