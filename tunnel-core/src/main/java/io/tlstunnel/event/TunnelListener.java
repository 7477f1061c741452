package io.tlstunnel.event;

/** Is told what happens; called on an event loop, so it must not block. */
@FunctionalInterface
public interface TunnelListener {
  void onEvent(TunnelEvent event);
}
