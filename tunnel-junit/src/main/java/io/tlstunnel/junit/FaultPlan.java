package io.tlstunnel.junit;

import io.tlstunnel.junit.fault.Fault;
import io.tlstunnel.junit.fault.When;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Collectors;

/** The faults that are in force at a place: changed by tests, asked on event loops. */
final class FaultPlan {
  private final String place;
  private final Set<Class<? extends Fault>> possible;
  private final String expectation;
  private final List<InjectedFault> inForce = new CopyOnWriteArrayList<>();
  private final List<InjectedFault> everInjected = new CopyOnWriteArrayList<>();

  /** A plan for a place where only some kinds of fault are possible. */
  FaultPlan(String place, Set<Class<? extends Fault>> possible, String expectation) {
    this.place = place;
    this.possible = possible;
    this.expectation = expectation;
  }

  InjectedFault inject(Fault fault, When when) {
    if (possible.stream().noneMatch(kind -> kind.isInstance(fault))) {
      throw new IllegalArgumentException(
          fault + " cannot happen at " + place + " (expected: " + expectation + ")");
    }
    if (!when.fits(fault.target())) {
      throw new IllegalArgumentException(
          fault
              + " strikes connections, '"
              + when
              + "' is about calls (expected: always(), once(), connection(n) or share(...))");
    }
    InjectedFault injected = new InjectedFault(this, fault, when);
    everInjected.add(injected);
    inForce.add(injected);
    return injected;
  }

  void remove(InjectedFault fault) {
    inForce.remove(fault);
  }

  void clear() {
    inForce.clear();
  }

  /** The first fault of a kind that strikes now; it counts as a strike. */
  <F extends Fault> Optional<F> strike(Class<F> kind, When.Occasion occasion) {
    for (InjectedFault injected : inForce) {
      if (kind.isInstance(injected.fault()) && injected.strikes(occasion)) {
        return Optional.of(kind.cast(injected.fault()));
      }
    }
    return Optional.empty();
  }

  /** The first fault that is about calls and strikes this one. */
  Optional<Fault> strikeCall(When.Occasion call) {
    for (InjectedFault injected : inForce) {
      if (injected.fault().target() == Fault.Target.CALL && injected.strikes(call)) {
        return Optional.of(injected.fault());
      }
    }
    return Optional.empty();
  }

  /** The faults of a kind that are in force, whether they strike or not. */
  List<InjectedFault> inForce(Class<? extends Fault> kind) {
    return inForce.stream()
        .filter(injected -> kind.isInstance(injected.fault()))
        .collect(Collectors.toList());
  }

  /** One line per fault that was ever injected, for failure reports. */
  String summary() {
    return everInjected.stream()
        .map(injected -> System.lineSeparator() + "  fault " + injected)
        .collect(Collectors.joining());
  }
}
