package io.tlstunnel.tests.trials;

import io.tlstunnel.tests.rig.RunningProgram;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * How one call of a client program ended.
 *
 * @param code the status as gRPC spells it, or an exception that is none
 * @param after the call's time
 * @param message what the caller was told
 */
record CallOutcome(String code, Duration after, String message) {
  private static final Duration BOUND = Duration.ofMinutes(2);
  private static final Duration DEADLINE = Duration.ofSeconds(20);

  /** Lets so many callers make so many calls each, one after the other, on one channel. */
  static List<CallOutcome> ofCalls(
      Path directory, TrialProgram client, int port, int callers, int calls)
      throws IOException, InterruptedException {
    return parse(
        RunningProgram.run(directory, client.name(), command(client, port, callers, calls), BOUND));
  }

  /** How such a client is started. */
  static List<String> command(TrialProgram client, int port, int callers, int calls) {
    return client.command(port, callers, calls, DEADLINE.toMillis());
  }

  /** Reads "code milliseconds message" from each line. */
  static List<CallOutcome> parse(String output) {
    return output.lines().map(CallOutcome::of).toList();
  }

  private static CallOutcome of(String line) {
    String[] parts = line.split(" ", 3);
    if (parts.length < 3 || !parts[1].matches("\\d+")) {
      throw new AssertionError("not an outcome of a call: " + line);
    }
    return new CallOutcome(parts[0], Duration.ofMillis(Long.parseLong(parts[1])), parts[2]);
  }
}
