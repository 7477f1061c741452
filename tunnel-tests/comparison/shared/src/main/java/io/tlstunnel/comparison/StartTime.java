package io.tlstunnel.comparison;

import java.util.Arrays;

/** How long a tool takes from nothing to the first answer over mutual TLS. */
public final class StartTime {
  private static final int RUNS = 6;

  private StartTime() {}

  /** Starts, makes one call and stops. Returns the nanoseconds from the start to the answer. */
  public interface Run {
    long nanos() throws Exception;
  }

  /** Prints the first time, in a JVM that has loaded nothing, and the median of the others. */
  public static void print(String tool, Run run) throws Exception {
    double first = run.nanos() / 1e6;
    double[] others = new double[RUNS - 1];
    for (int i = 0; i < others.length; i++) {
      others[i] = run.nanos() / 1e6;
    }
    Arrays.sort(others);
    System.out.printf("start-time %s %.0f %.0f%n", tool, first, others[others.length / 2]);
  }
}
