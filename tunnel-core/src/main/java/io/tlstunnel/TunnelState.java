package io.tlstunnel;

/**
 * The life of a tunnel.
 *
 * <pre>
 *   start() ──▶ RUNNING ──close()──▶ CLOSED
 * </pre>
 */
public enum TunnelState {
  /** Listening; connections are accepted and relayed. */
  RUNNING,
  /** Nothing of the tunnel is left: no thread, no socket, no buffer. */
  CLOSED
}
