package io.tlstunnel.bench.compare;

import java.io.IOException;
import java.util.List;
import java.util.Map;

/**
 * What a second event loop adds, on a machine whose processors the load and the remote need too.
 *
 * <p>Calls per second would show how these share the processors. So what a loop could carry is
 * taken from what it spends: the busiest one of a process is the first to be full, and it is full
 * at one second of CPU per second. If two loops stood in each other's way, or one had more
 * connections than the other, the busiest would spend more than half of what a single one does for
 * the same calls.
 *
 * <p>On a hundred connections, for a loop that has work for every turn: one that has to sleep in
 * between finds less to do when it wakes, and pays more for each call.
 */
final class Loops {
  static final String ONE = "one-loop";
  static final String TWO = "two-loops";

  private final Bench bench;
  private final Load load;
  private final Results results;
  private final int upstream;

  Loops(Bench bench, Load load, Results results, int upstream) {
    this.bench = bench;
    this.load = load;
    this.results = results;
    this.upstream = upstream;
  }

  /** Measures a process with one loop and another with two in turns. */
  void compare(int rounds, double warmUpSeconds) throws IOException, InterruptedException {
    try (Daemon one = start(ONE, 1);
        Daemon two = start(TWO, 2)) {
      load.calibrate(one, Workload.C100X10, warmUpSeconds);
      long units = load.calibrate(two, Workload.C100X10, warmUpSeconds);
      for (int round = 0; round < rounds; round++) {
        measure(one, ONE, units);
        measure(two, TWO, units);
      }
    }
  }

  private void measure(Daemon proxy, String what, long units)
      throws IOException, InterruptedException {
    Map<String, Double> before = proxy.secondsByThread();
    load.run(proxy, Workload.C100X10, units);
    double busiest =
        proxy.secondsByThread().entrySet().stream()
            .mapToDouble(thread -> thread.getValue() - before.getOrDefault(thread.getKey(), 0.0))
            .max()
            .orElseThrow();
    results.add(Peer.TUNNEL, what, Figure.LOOP_CPU_PER_CALL, busiest * 1e6 / units);
  }

  private Daemon start(String name, int loops) throws IOException, InterruptedException {
    int port = Daemon.freePort();
    List<String> command = bench.tunnelCommand(port, upstream, loops);
    return Daemon.start(bench.work(), name, port, command);
  }
}
