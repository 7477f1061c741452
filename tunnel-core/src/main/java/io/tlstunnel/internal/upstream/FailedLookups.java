package io.tlstunnel.internal.upstream;

import java.net.UnknownHostException;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The latest reasons for which names had no address. The JVM remembers for a while that a lookup
 * failed (networkaddress.cache.negative.ttl), and forgets why: the exception that it throws again
 * has the host for its text.
 */
final class FailedLookups {
  private static final int MAX_HOSTS = 100;

  private final Map<String, UnknownHostException> reasons = new LinkedHashMap<>();

  /** The exception, or an earlier one of this host's if that says more. */
  synchronized UnknownHostException withReason(String host, UnknownHostException thrown) {
    if (host.equals(thrown.getMessage())) {
      return reasons.getOrDefault(host, thrown);
    }
    reasons.remove(host);
    reasons.put(host, thrown);
    if (reasons.size() > MAX_HOSTS) {
      reasons.remove(reasons.keySet().iterator().next());
    }
    return thrown;
  }
}
