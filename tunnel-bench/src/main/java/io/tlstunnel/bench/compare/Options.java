package io.tlstunnel.bench.compare;

import java.util.ArrayList;
import java.util.List;

/** What the command line asks for. */
record Options(
    boolean quick, int rounds, double seconds, List<Peer> peers, List<Workload> workloads) {
  static final String USAGE =
      """
      usage: tunnel-bench/compare [--quick] [--rounds N] [--seconds S] [--only PEERS] [--workloads NAMES]
        --quick      fewer rounds, shorter runs, the workloads that have goals: some six minutes
        --rounds     how often each figure is measured; default: 5, quick: 3
        --seconds    how long a run is meant to take; default: 3, quick: 1
        --only       tunnel,envoy,nginx,haproxy,nghttpx,haproxy-tcp,stunnel,plain-copy or some of them
        --workloads  %s
      """
          .formatted(String.join(",", Workload.names()));

  static Options parse(List<String> arguments) {
    boolean quick = arguments.contains("--quick");
    int rounds = quick ? 3 : 5;
    double seconds = quick ? 1 : 3;
    List<Peer> peers = List.of(Peer.values());
    List<Workload> workloads = quick ? Workload.quick() : List.of(Workload.values());
    for (int i = 0; i < arguments.size(); i++) {
      switch (arguments.get(i)) {
        case "--quick" -> {}
        case "--rounds" -> rounds = Integer.parseInt(valueOf(arguments, i++));
        case "--seconds" -> seconds = Double.parseDouble(valueOf(arguments, i++));
        case "--only" -> peers = named(valueOf(arguments, i++), List.of(Peer.values()));
        case "--workloads" ->
            workloads = named(valueOf(arguments, i++), List.of(Workload.values()));
        default -> throw new IllegalArgumentException("unknown option: " + arguments.get(i));
      }
    }
    if (rounds < 1 || seconds <= 0) {
      throw new IllegalArgumentException("--rounds and --seconds: expected more than 0");
    }
    return new Options(quick, rounds, seconds, peers, workloads);
  }

  private static String valueOf(List<String> arguments, int option) {
    if (option + 1 == arguments.size()) {
      throw new IllegalArgumentException(arguments.get(option) + ": expected a value");
    }
    return arguments.get(option + 1);
  }

  private static <T> List<T> named(String names, List<T> all) {
    List<T> chosen = new ArrayList<>();
    for (String name : names.split(",", -1)) {
      chosen.add(
          all.stream()
              .filter(one -> one.toString().equals(name))
              .findFirst()
              .orElseThrow(
                  () -> new IllegalArgumentException(name + " (expected some of " + all + ")")));
    }
    return chosen;
  }
}
