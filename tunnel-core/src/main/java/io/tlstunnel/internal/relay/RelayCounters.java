package io.tlstunnel.internal.relay;

import java.util.concurrent.atomic.LongAdder;

/** What a tunnel counts; any thread may read and add. */
public final class RelayCounters {
  public final LongAdder connectionsAccepted = new LongAdder();
  public final LongAdder connectionsNotHttp2 = new LongAdder();
  public final LongAdder routesFailed = new LongAdder();
  public final LongAdder routesLost = new LongAdder();
  public final LongAdder requestsAnswered = new LongAdder();
}
