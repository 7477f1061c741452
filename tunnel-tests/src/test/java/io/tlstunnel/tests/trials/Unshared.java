package io.tlstunnel.tests.trials;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A class's main method in a JVM whose network and mounts are its own, as a shell script has
 * prepared them; they end with it. Needs root and {@code unshare}: where that is missing the test
 * is skipped, except in CI.
 */
final class Unshared {
  private Unshared() {}

  /** Runs the class to its end, and gives the lines that it has printed. */
  static List<String> run(
      String preparation, List<String> around, List<String> options, Class<?> main)
      throws IOException, InterruptedException {
    requireNamespaces();
    List<String> java = new ArrayList<>(around);
    java.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    java.addAll(List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"));
    java.addAll(options);
    java.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
    // The script ends where anything fails, then becomes the JVM.
    List<String> command =
        new ArrayList<>(
            List.of(
                "unshare", "--net", "--mount", "sh", "-ec", preparation + "\nexec \"$@\"", "-"));
    command.addAll(java);
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    try {
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(process.waitFor(60, TimeUnit.SECONDS)).as("the process ends").isTrue();
      assertThat(process.exitValue()).as(output).isZero();
      // What newer JDKs say of Netty's ways of reaching native code is not the product's.
      return output.lines().filter(line -> !line.startsWith("WARNING: ")).toList();
    } finally {
      process.destroyForcibly();
    }
  }

  private static void requireNamespaces() throws IOException, InterruptedException {
    Process trial =
        new ProcessBuilder("unshare", "--net", "--mount", "true").redirectErrorStream(true).start();
    String output = new String(trial.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (trial.waitFor() != 0) {
      String message = "skipped: no namespaces here: " + output;
      if ("true".equals(System.getenv("CI"))) {
        fail(message + " (with CI=true they must be there: run as root)");
      }
      abort(message);
    }
  }
}
