package io.tlstunnel.internal.relay;

import io.tlstunnel.event.Limit;
import io.tlstunnel.event.TunnelEvent;
import io.tlstunnel.event.TunnelListener;
import io.tlstunnel.internal.upstream.MemoryShortage;
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
 * @param greeting what the next client is greeted with
 * @param warnings how many lines the log gets of routes
 * @param limitWarnings how many of limits: a flood must not silence the others
 * @param budget what all connections may hold
 * @param foreignWarnings how many of peers that do not speak HTTP/2: probes come again and again
 */
public record RelayContext(
    Upstream upstream,
    RelayOptions options,
    TunnelListener listener,
    RelayCounters counters,
    Set<ConnectionPair> pairs,
    AtomicReference<Duration> keepAlive,
    AtomicReference<Greeting> greeting,
    LogThrottle warnings,
    LogThrottle limitWarnings,
    BufferBudget budget,
    LogThrottle foreignWarnings) {
  private static final Logger LOG = LoggerFactory.getLogger("io.tlstunnel");

  /** A remote may complain as often as it likes: beyond this the sum would soon overflow. */
  private static final Duration LONGEST_KEEPALIVE = Duration.ofDays(1);

  /** Some health checks speak another protocol every few seconds, for as long as a tunnel lives. */
  private static final Duration FOREIGN_PERIOD = Duration.ofMinutes(10);

  public RelayContext(Upstream upstream, RelayOptions options, TunnelListener listener) {
    this(
        upstream,
        options,
        listener,
        new RelayCounters(),
        ConcurrentHashMap.newKeySet(),
        new AtomicReference<>(options.keepAliveInterval()),
        new AtomicReference<>(Greeting.FIRST),
        new LogThrottle(System::nanoTime),
        new LogThrottle(System::nanoTime),
        new BufferBudget(options.limits().maxBufferedBytes()),
        new LogThrottle(System::nanoTime, FOREIGN_PERIOD));
  }

  /** One line for the log about a connection, unless there have been too many. */
  void warn(long connection, String message) {
    warn(warnings.admit(), connection, message);
  }

  /**
   * A limit was hit: counts it, logs it unless there have been too many, and tells the listener.
   */
  public void limitHit(long connection, Limit limit, String message) {
    counters.limitHit(limit);
    warn(limitWarnings.admit(), connection, message);
    tell(new TunnelEvent.LimitHit(connection, limit, message));
  }

  /** Whether it was memory that a connection failed of; the log has a line then. */
  public boolean outOfMemory(long connection, Throwable cause) {
    String sentence = MemoryShortage.sentence(cause);
    if (sentence != null) {
      warn(connection, "closed, since " + sentence);
    }
    return sentence != null;
  }

  /**
   * A connection did not begin with the client preface: counts it, logs it unless there have been
   * too many, and tells the listener.
   */
  public void notHttp2(String peer, String port, String what) {
    counters.connectionsNotHttp2.increment();
    warn(foreignWarnings.admit(), "connection from " + peer + " to " + port, what);
    tell(new TunnelEvent.NotHttp2(peer, what));
  }

  private static void warn(int left, long connection, String message) {
    warn(left, connection == 0 ? "a new connection" : "connection " + connection, message);
  }

  private static void warn(int left, String who, String message) {
    if (left == LogThrottle.SILENT) {
      return;
    }
    if (left == 0) {
      LOG.warn("{}: {}", who, message);
    } else {
      LOG.warn("{}: {} (and {} lines like it left out)", who, message, left);
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
    keepAlive.updateAndGet(
        interval -> {
          Duration doubled = Objects.requireNonNull(interval).multipliedBy(2);
          return doubled.compareTo(LONGEST_KEEPALIVE) < 0 ? doubled : LONGEST_KEEPALIVE;
        });
  }

  /** Tells the listener; what it throws is its own affair and is logged. */
  public void tell(TunnelEvent event) {
    try {
      listener.onEvent(event);
    } catch (Throwable thrown) {
      // Errors too: a route that stands must not be forgotten over a listener's failed assertion.
      LOG.warn("the tunnel's listener failed on {}", event, thrown);
    }
  }
}
