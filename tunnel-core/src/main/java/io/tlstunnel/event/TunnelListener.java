package io.tlstunnel.event;

/** Is told what happens; called on an event loop, so it must not block. */
@FunctionalInterface
public interface TunnelListener {
  /**
   * Is called once for each event, in the order of a connection's life; for different connections
   * perhaps at the same time, on different event loops. What it throws is logged and changes
   * nothing.
   */
  void onEvent(TunnelEvent event);
}
