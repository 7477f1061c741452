package io.tlstunnel.internal.relay;

import io.tlstunnel.event.Limit;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.LongAdder;

/** What a tunnel counts; any thread may read and add. */
public final class RelayCounters {
  public final LongAdder connectionsAccepted = new LongAdder();
  public final LongAdder connectionsNotHttp2 = new LongAdder();
  public final LongAdder routesFailed = new LongAdder();
  public final LongAdder routesLost = new LongAdder();
  public final LongAdder requestsAnswered = new LongAdder();
  private final Map<Limit, LongAdder> limitHits = new EnumMap<>(Limit.class);

  public RelayCounters() {
    for (Limit limit : Limit.values()) {
      limitHits.put(limit, new LongAdder());
    }
  }

  void limitHit(Limit limit) {
    Objects.requireNonNull(limitHits.get(limit)).increment();
  }

  /** How often each limit was hit, those included that never were. */
  public Map<Limit, Long> limitHits() {
    Map<Limit, Long> hits = new EnumMap<>(Limit.class);
    limitHits.forEach((limit, count) -> hits.put(limit, count.sum()));
    return hits;
  }
}
