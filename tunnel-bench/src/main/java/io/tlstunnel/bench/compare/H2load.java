package io.tlstunnel.bench.compare;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** One bounded run of h2load against a loopback port. */
final class H2load {
  private static final Pattern FINISHED = Pattern.compile("finished in ([0-9.]+)(us|ms|s)");
  private static final Pattern SUCCEEDED = Pattern.compile("(\\d+) succeeded");
  private static final long BOUND_SECONDS = 180;

  private final Path work;
  private final String program = Programs.require("h2load");

  H2load(Path work) {
    this.work = work;
  }

  /**
   * What a run took.
   *
   * @param seconds from the first connection to the last answer
   * @param p50 microseconds from request to end of answer, the median
   * @param p99 and of the slowest hundredth the fastest
   */
  record Run(long requests, double seconds, double p50, double p99) {}

  /**
   * Sends {@code requests} and insists on every answer; {@code upload} is a file to send, or empty.
   */
  Run run(int port, String path, long requests, int connections, int streams, List<String> more)
      throws IOException, InterruptedException {
    Path log = work.resolve("h2load.log");
    Path requestLog = work.resolve("h2load-requests.log");
    Files.deleteIfExists(requestLog);
    List<String> command =
        new ArrayList<>(
            List.of(
                program,
                "-n" + requests,
                "-c" + connections,
                "-m" + streams,
                "--log-file=" + requestLog));
    command.addAll(more);
    command.add("http://127.0.0.1:" + port + "/" + path);
    Process process =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile()).start();
    if (!process.waitFor(BOUND_SECONDS, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new IOException("h2load did not end within " + BOUND_SECONDS + " s");
    }
    String output = Files.readString(log);
    if (number(SUCCEEDED, output, 0) != requests) {
      throw new IOException("h2load: not every request succeeded: " + summary(output));
    }
    double[] latencies = latencies(requestLog);
    return new Run(
        requests, seconds(output), percentile(latencies, 0.5), percentile(latencies, 0.99));
  }

  /** The log has a line for each request: start, status, duration in microseconds. */
  private static double[] latencies(Path requestLog) throws IOException {
    try (var lines = Files.lines(requestLog)) {
      double[] latencies =
          lines.mapToDouble(line -> Double.parseDouble(line.split("\t", -1)[2])).toArray();
      Arrays.sort(latencies);
      return latencies;
    }
  }

  private static double percentile(double[] sorted, double share) {
    return sorted.length == 0 ? Double.NaN : sorted[(int) ((sorted.length - 1) * share)];
  }

  private static double seconds(String output) {
    Matcher matcher = FINISHED.matcher(output);
    if (!matcher.find()) {
      throw new IllegalStateException("h2load did not finish: " + summary(output));
    }
    double value = Double.parseDouble(matcher.group(1));
    return switch (matcher.group(2)) {
      case "us" -> value / 1e6;
      case "ms" -> value / 1e3;
      default -> value;
    };
  }

  private static long number(Pattern pattern, String output, long otherwise) {
    Matcher matcher = pattern.matcher(output);
    return matcher.find() ? Long.parseLong(matcher.group(1)) : otherwise;
  }

  private static String summary(String output) {
    return output
        .lines()
        .filter(line -> line.startsWith("requests:") || line.startsWith("status"))
        .reduce("", (all, line) -> all + line + " ");
  }
}
