package io.tlstunnel.internal.relay;

import io.tlstunnel.event.TunnelEvent;
import io.tlstunnel.event.TunnelListener;
import io.tlstunnel.internal.upstream.Upstream;
import java.time.Duration;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
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
 * @param keepAlive how long a remote may be silent before it is asked
 * @param warnings how many lines the log gets
 */
public record RelayContext(
    Upstream upstream,
    RelayOptions options,
    TunnelListener listener,
    RelayCounters counters,
    Set<ConnectionPair> pairs,
    AtomicReference<Duration> keepAlive,
    LogThrottle warnings) {
  private static final Logger LOG = LoggerFactory.getLogger("io.tlstunnel");

  public RelayContext(Upstream upstream, RelayOptions options, TunnelListener listener) {
    this(
        upstream,
        options,
        listener,
        new RelayCounters(),
        ConcurrentHashMap.newKeySet(),
        new AtomicReference<>(options.keepAliveInterval()),
        new LogThrottle(System::nanoTime));
  }

  /** One line for the log about a connection, unless there have been too many. */
  void warn(long connection, String message) {
    int left = warnings.admit();
    if (left == 0) {
      LOG.warn("connection {}: {}", connection, message);
    } else if (left > 0) {
      LOG.warn("connection {}: {} (and {} lines like it left out)", connection, message, left);
    }
  }

  /** How long a remote may be silent before it is asked; zero never asks. */
  Duration keepAliveInterval() {
    return Objects.requireNonNull(keepAlive.get());
  }

  /**
   * The remote has complained of too many PINGs: connections made from now on send half as many.
   */
  void doubleKeepAliveInterval() {
    keepAlive.updateAndGet(interval -> Objects.requireNonNull(interval).multipliedBy(2));
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
