package io.tlstunnel.bench.soak;

import io.grpc.Status;
import io.tlstunnel.junit.fault.Fault;
import io.tlstunnel.junit.fault.NetworkFault;
import io.tlstunnel.junit.fault.When;
import java.util.Set;

/**
 * What happens in one round of a soak.
 *
 * @param what for the person who reads the output
 * @param explains the statuses with which calls may end because of it; for all others there is no
 *     excuse
 */
record Disturbance(String what, Action action, Set<Status.Code> explains) {
  /** What is done. */
  sealed interface Action {
    /** Whether it strikes new connections only, so that it has to come first. */
    default boolean comesFirst() {
      return false;
    }
  }

  /** Nothing is done. */
  record Nothing() implements Action {}

  /** The tunnel is drained, and another one begins on its port. */
  record DrainTunnel() implements Action {}

  /** The remote stops at once, and another one begins on its port. */
  record RestartRemote() implements Action {}

  /** The remote, or the network before it, does something wrong for a while. */
  record Inject(Fault fault, When when) implements Action {
    @Override
    public boolean comesFirst() {
      return fault.target() == Fault.Target.CONNECTION
          && (!(fault instanceof NetworkFault) || fault instanceof NetworkFault.CorruptByte);
    }
  }

  static Disturbance of(String what, Action action, Status.Code... explains) {
    return new Disturbance(what, action, Set.of(explains));
  }

  static Disturbance fault(Fault fault, When when, Status.Code... explains) {
    return of(fault + ", " + when, new Inject(fault, when), explains);
  }
}
