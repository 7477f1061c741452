package io.tlstunnel.internal.relay;

import io.tlstunnel.event.TunnelEvent;
import io.tlstunnel.event.TunnelListener;
import io.tlstunnel.internal.upstream.Upstream;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What all pairs of one tunnel share.
 *
 * @param upstream how the remote is reached
 * @param options how requests are carried
 * @param listener who is told what happens
 * @param counters what is counted
 * @param pairs the pairs that are open
 */
public record RelayContext(
    Upstream upstream,
    RelayOptions options,
    TunnelListener listener,
    RelayCounters counters,
    Set<ConnectionPair> pairs) {
  private static final Logger LOG = LoggerFactory.getLogger("io.tlstunnel");

  public RelayContext(Upstream upstream, RelayOptions options, TunnelListener listener) {
    this(upstream, options, listener, new RelayCounters(), ConcurrentHashMap.newKeySet());
  }

  /** Tells the listener; what it throws is its own affair and is logged. */
  public void tell(TunnelEvent event) {
    try {
      listener.onEvent(event);
    } catch (RuntimeException thrown) {
      LOG.warn("the tunnel's listener failed on {}", event, thrown);
    }
  }
}
