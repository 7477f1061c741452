package io.tlstunnel.internal.runtime;

import java.time.Duration;

/**
 * When TCP gives a peer up that has gone without a word. A peer that lives answers each probe
 * itself, whatever its application does.
 *
 * @param idleSeconds how long a connection is silent before it is probed (TCP_KEEPIDLE)
 * @param intervalSeconds time between probes (TCP_KEEPINTVL)
 * @param probes how many go unanswered before the connection ends (TCP_KEEPCNT)
 * @param unacknowledgedMillis how long what was sent may stay unacknowledged (TCP_USER_TIMEOUT); 0
 *     leaves it to the system, which takes about a quarter of an hour
 */
public record DeadPeer(int idleSeconds, int intervalSeconds, int probes, int unacknowledgedMillis) {
  private static final int PROBES = 3;

  /** An idle connection whose peer is gone ends after two minutes instead of two hours. */
  public static final DeadPeer BY_DEFAULT = new DeadPeer(60, 20, PROBES, 0);

  /** The peer is given up after a time, whether data is on its way to it or not. */
  public static DeadPeer within(Duration timeout) {
    int seconds = (int) timeout.toSeconds();
    int interval = Math.max(1, seconds / (2 * PROBES));
    int idle = Math.max(1, seconds - PROBES * interval);
    return new DeadPeer(idle, interval, PROBES, (int) timeout.toMillis());
  }
}
