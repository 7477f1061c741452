package io.tlstunnel.bench.compare;

/** A kind of figure and its unit. */
enum Figure {
  CPU_PER_CALL("cpu", "CPU µs/call"),
  CPU_PER_GB("cpu", "CPU s/GB"),
  LOOP_CPU_PER_CALL("loop-cpu", "busiest loop's CPU µs/call"),
  CALLS_PER_SECOND("rate", "calls/s"),
  MB_PER_SECOND("rate", "MB/s"),
  P50("p50", "p50 µs"),
  P99("p99", "p99 µs"),
  SYSCALLS_PER_CALL("syscalls", "syscalls/call"),
  RSS("rss", "RSS MB"),
  PEAK_RSS("peak", "peak RSS MB"),
  KB_PER_IDLE_PAIR("idle", "KB/idle pair"),
  FIRST_RESPONSE("first-response", "first response ms");

  private final String label;
  private final String unit;

  Figure(String label, String unit) {
    this.label = label;
    this.unit = unit;
  }

  String unit() {
    return unit;
  }

  @Override
  public String toString() {
    return label;
  }
}
