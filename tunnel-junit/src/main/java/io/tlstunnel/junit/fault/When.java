package io.tlstunnel.junit.fault;

import java.util.Objects;
import java.util.SplittableRandom;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * On which connections or calls a fault strikes. Connections and calls count from 1, per backend.
 */
public final class When {
  /**
   * A connection or a call that a fault may strike.
   *
   * @param connection the connection's number
   * @param call the call's number, 0 for a connection
   * @param path the call's {@code :path}, empty for a connection
   */
  public record Occasion(int connection, int call, String path) {}

  private final String description;
  private final Fault.@Nullable Target target;
  private final Predicate<Occasion> matches;
  private final int atMost;

  private When(
      String description, Fault.@Nullable Target target, Predicate<Occasion> matches, int atMost) {
    this.description = description;
    this.target = target;
    this.matches = matches;
    this.atMost = atMost;
  }

  /** Every time, until the fault is removed. */
  public static When always() {
    return new When("always", null, occasion -> true, Integer.MAX_VALUE);
  }

  /** The next call, or the next connection, and no other. */
  public static When once() {
    return always().atMost(1);
  }

  /** The n-th call of the backend's life. */
  public static When call(int number) {
    positive("call", number);
    return new When(
        "call " + number,
        Fault.Target.CALL,
        occasion -> occasion.call() == number,
        Integer.MAX_VALUE);
  }

  /** Calls of a method: {@code /package.Service/Method}. */
  public static When path(String path) {
    if (!path.startsWith("/")) {
      throw new IllegalArgumentException("path: " + path + " (expected: /package.Service/Method)");
    }
    return new When(
        "path " + path,
        Fault.Target.CALL,
        occasion -> occasion.path().equals(path),
        Integer.MAX_VALUE);
  }

  /** The n-th connection of the backend's life, or every call on it. */
  public static When connection(int number) {
    positive("connection", number);
    return new When(
        "connection " + number,
        null,
        occasion -> occasion.connection() == number,
        Integer.MAX_VALUE);
  }

  /**
   * A share of all calls, or connections, by chance.
   *
   * @param share from 0, none, to 1, all
   * @param seed makes the chance repeatable: the same numbers strike on every run
   */
  public static When share(double share, long seed) {
    if (!(share >= 0 && share <= 1)) {
      throw new IllegalArgumentException("share: " + share + " (expected: 0 to 1)");
    }
    return new When(
        "share " + share,
        null,
        occasion -> {
          int number = occasion.call() == 0 ? occasion.connection() : occasion.call();
          return new SplittableRandom(seed + 0x9e37_79b9_7f4a_7c15L * number).nextDouble() < share;
        },
        Integer.MAX_VALUE);
  }

  /** The same, but not more often than this. */
  public When atMost(int times) {
    positive("times", times);
    return new When(description + ", at most " + times + " times", target, matches, times);
  }

  /** How often the fault may strike. */
  public int atMost() {
    return atMost;
  }

  /** Whether this is about a connection or call. */
  public boolean matches(Occasion occasion) {
    return matches.test(Objects.requireNonNull(occasion, "occasion"));
  }

  /** Whether a fault with this target can ever strike. */
  public boolean fits(Fault.Target faultTarget) {
    return target == null || target == faultTarget;
  }

  @Override
  public String toString() {
    return description;
  }

  private static void positive(String what, int number) {
    if (number < 1) {
      throw new IllegalArgumentException(what + ": " + number + " (expected: 1 or more)");
    }
  }
}
