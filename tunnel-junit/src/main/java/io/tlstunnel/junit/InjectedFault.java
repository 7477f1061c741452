package io.tlstunnel.junit;

import io.tlstunnel.junit.fault.Fault;
import io.tlstunnel.junit.fault.When;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

/** A fault that is in force until it is removed, or has struck as often as it may. */
public final class InjectedFault implements AutoCloseable {
  /** How many of the calls or connections that were struck a report names. */
  private static final int NAMED = 5;

  private final FaultPlan plan;
  private final Fault fault;
  private final When when;
  private final AtomicInteger strikes = new AtomicInteger();
  private final Queue<String> firstStruck = new ConcurrentLinkedQueue<>();

  InjectedFault(FaultPlan plan, Fault fault, When when) {
    this.plan = plan;
    this.fault = fault;
    this.when = when;
  }

  /** The fault. */
  public Fault fault() {
    return fault;
  }

  /** How many connections or calls it has struck so far. */
  public int strikes() {
    return strikes.get();
  }

  /** Ends the fault. What it has broken stays broken; what it only held back goes on. */
  public void remove() {
    plan.remove(this);
  }

  /** The same as {@link #remove()}, for try-with-resources. */
  @Override
  public void close() {
    remove();
  }

  boolean strikes(When.Occasion occasion) {
    if (!when.matches(occasion)) {
      return false;
    }
    int before = strikes.getAndUpdate(n -> n < when.atMost() ? n + 1 : n);
    if (before >= when.atMost()) {
      return false;
    }
    if (before < NAMED) {
      firstStruck.add(
          occasion.call() == 0
              ? "connection " + occasion.connection()
              : "call " + occasion.call() + " on connection " + occasion.connection());
    }
    return true;
  }

  @Override
  public String toString() {
    int times = strikes.get();
    String struck = times == 0 ? "" : ": " + String.join(", ", firstStruck);
    return fault
        + " ("
        + when
        + "), has struck "
        + (times == 1 ? "once" : times + " times")
        + struck
        + (times > NAMED ? ", ..." : "");
  }
}
