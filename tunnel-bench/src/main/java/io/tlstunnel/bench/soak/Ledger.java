package io.tlstunnel.bench.soak;

import io.grpc.Status;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * All calls, and for each that did not end as it was meant to, the disturbance that explains it.
 */
final class Ledger {
  private static final int TOLD = 50;

  private final Map<Status.Code, Long> byStatus = new EnumMap<>(Status.Code.class);
  private final List<String> unexplained = new ArrayList<>();
  private long calls;
  private long explained;
  private long unexplainedCalls;

  /** Enters a call; says whether it needed no explanation or has one. */
  synchronized boolean enter(CallResult call, DisturbedTime disturbed) {
    calls++;
    byStatus.merge(call.status().getCode(), 1L, Long::sum);
    if (call.problem().isEmpty()) {
      if (call.kind().isMeantToEndWith(call.status())) {
        return true;
      }
      if (disturbed.explains(call)) {
        explained++;
        return true;
      }
    }
    unexplainedCalls++;
    if (unexplained.size() < TOLD) {
      unexplained.add(
          "%s of %d ms, begun %s: %s %s %s"
              .formatted(
                  call.kind(),
                  (call.ended() - call.began()) / 1_000_000,
                  disturbed.where(call),
                  call.status().getCode(),
                  call.status().getDescription(),
                  call.problem()));
    }
    return false;
  }

  /** Notes something that no call has told of. */
  synchronized void complain(String what) {
    unexplainedCalls++;
    unexplained.add(what);
  }

  synchronized long calls() {
    return calls;
  }

  synchronized long explained() {
    return explained;
  }

  synchronized long unexplained() {
    return unexplainedCalls;
  }

  synchronized List<String> complaints() {
    return Collections.unmodifiableList(new ArrayList<>(unexplained));
  }

  synchronized Map<Status.Code, Long> byStatus() {
    return new EnumMap<>(byStatus);
  }
}
