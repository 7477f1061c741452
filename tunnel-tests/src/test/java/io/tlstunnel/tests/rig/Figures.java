package io.tlstunnel.tests.rig;

import java.time.Duration;

/**
 * Figures that a row of a test list has measured, one a line on standard output, where the test
 * report keeps them: {@code row: faults 2 recovery=12 ms}.
 */
public final class Figures {
  private final String group;

  /** Figures of the rows of one list. */
  public Figures(String group) {
    this.group = group;
  }

  /** Prints a figure. */
  public void row(int row, String name, long value, String unit) {
    System.out.println("row: " + group + " " + row + " " + name + "=" + value + " " + unit);
  }

  /** Prints a time in milliseconds. */
  public void row(int row, String name, Duration time) {
    row(row, name, time.toMillis(), "ms");
  }
}
