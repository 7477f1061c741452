package io.tlstunnel.bench.soak;

import java.time.Duration;
import java.util.List;

/** What the command line asks for. */
record SoakOptions(Duration length, long seed) {
  static final String USAGE =
      """
      usage: tunnel-bench/soak [--quick] [--minutes N] [--seed N]
        --minutes  how long, but every disturbance comes at least once; default: 30
        --quick    two minutes and a little more
        --seed     makes the schedule of disturbances; default: a new one, which is printed
      """;

  private static final Duration QUICK = Duration.ofMinutes(2);

  static SoakOptions parse(List<String> arguments, long defaultSeed) {
    Duration length = Duration.ofMinutes(30);
    long seed = defaultSeed;
    for (int i = 0; i < arguments.size(); i++) {
      switch (arguments.get(i)) {
        case "--quick" -> length = QUICK;
        case "--minutes" -> length = Duration.ofMinutes(number(arguments, i++));
        case "--seed" -> seed = number(arguments, i++);
        default -> throw new IllegalArgumentException("unknown option: " + arguments.get(i));
      }
    }
    if (length.isNegative() || length.isZero()) {
      throw new IllegalArgumentException(
          "minutes: " + length.toMinutes() + " (expected: at least 1)");
    }
    return new SoakOptions(length, seed);
  }

  private static long number(List<String> arguments, int option) {
    if (option + 1 == arguments.size()) {
      throw new IllegalArgumentException(arguments.get(option) + ": expected a number");
    }
    try {
      return Long.parseLong(arguments.get(option + 1));
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          arguments.get(option) + ": " + arguments.get(option + 1) + " (expected: a number)", e);
    }
  }
}
