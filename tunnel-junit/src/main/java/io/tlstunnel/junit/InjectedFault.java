package io.tlstunnel.junit;

import io.tlstunnel.junit.fault.Fault;
import io.tlstunnel.junit.fault.When;
import java.util.concurrent.atomic.AtomicInteger;

/** A fault that is in force until it is removed, or has struck as often as it may. */
public final class InjectedFault implements AutoCloseable {
  private final FaultPlan plan;
  private final Fault fault;
  private final When when;
  private final AtomicInteger strikes = new AtomicInteger();

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
    return when.matches(occasion)
        && strikes.getAndUpdate(n -> n < when.atMost() ? n + 1 : n) < when.atMost();
  }

  @Override
  public String toString() {
    return fault + " (" + when + "), has struck " + strikes.get() + " times";
  }
}
