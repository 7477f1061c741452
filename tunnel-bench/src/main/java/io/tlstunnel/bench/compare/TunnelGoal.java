package io.tlstunnel.bench.compare;

import java.util.OptionalDouble;

/** What the tunnel's own process is meant to need. */
enum TunnelGoal {
  RSS_MB("rss_mb", "RSS under 10x10, MB", 64, true),
  FIRST_RESPONSE_MS("first_response_ms", "first response after start, ms", 400, true),
  IDLE_PAIR_KB("idle_pair_kb", "idle connection pair, KB", 40, true),
  TWO_LOOPS("two_loops", "capacity of two event loops to one", 1.8, false);

  private final String key;
  private final String description;
  private final double goal;
  private final boolean atMost;

  TunnelGoal(String key, String description, double goal, boolean atMost) {
    this.key = key;
    this.description = description;
    this.goal = goal;
    this.atMost = atMost;
  }

  String description() {
    return description;
  }

  String goal() {
    return (atMost ? "<= " : ">= ") + goal;
  }

  boolean isMetBy(double value) {
    return atMost ? value <= goal : value >= goal;
  }

  OptionalDouble reached(Results results) {
    Peer tunnel = Peer.TUNNEL;
    return switch (this) {
      case RSS_MB -> results.median(tunnel, FreshProcess.MEMORY, Figure.RSS);
      case FIRST_RESPONSE_MS -> results.median(tunnel, FreshProcess.START, Figure.FIRST_RESPONSE);
      case IDLE_PAIR_KB ->
          results.median(tunnel, FreshProcess.idle(Comparison.IDLE_PAIRS), Figure.KB_PER_IDLE_PAIR);
      case TWO_LOOPS -> {
        OptionalDouble one = results.median(tunnel, Loops.ONE, Figure.LOOP_CPU_PER_CALL);
        OptionalDouble two = results.median(tunnel, Loops.TWO, Figure.LOOP_CPU_PER_CALL);
        yield one.isPresent() && two.isPresent()
            ? OptionalDouble.of(one.getAsDouble() / two.getAsDouble())
            : OptionalDouble.empty();
      }
    };
  }

  @Override
  public String toString() {
    return key;
  }
}
