package io.tlstunnel.tests.cause;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** grpc-python as Debian packages it, that is gRPC's C core. It runs {@code cause/client.py}. */
final class PythonClient implements Client {
  private static final String PYTHON = "/usr/bin/python3";

  private final Path script;

  /** Aborts the test where grpc-python is not installed; in CI it fails. */
  PythonClient(Path directory) throws IOException, InterruptedException {
    if (!Files.isExecutable(Path.of(PYTHON)) || end("-c", "import grpc") != 0) {
      String message = "skipped: python3-grpcio not installed";
      if ("true".equals(System.getenv("CI"))) {
        fail(message + " (with CI=true every peer must be there)");
      }
      abort(message);
    }
    script = directory.resolve("client.py");
    try (@Nullable InputStream source =
        PythonClient.class.getResourceAsStream("/cause/client.py")) {
      if (source == null) {
        throw new IllegalStateException("cause/client.py is not on the class path");
      }
      Files.copy(source, script);
    }
  }

  @Override
  public Told call(String target, Duration deadline) throws IOException, InterruptedException {
    Process python =
        start(script.toString(), target, String.valueOf(deadline.toMillis() / 1_000.0));
    try {
      if (!python.waitFor(120, SECONDS)) {
        throw new AssertionError("client.py still runs after 120 s");
      }
      String output = new String(python.getInputStream().readAllBytes(), UTF_8);
      Map<String, String> lines =
          output
              .lines()
              .map(line -> line.split(" ", 2))
              .filter(words -> words.length == 2)
              .collect(Collectors.toMap(words -> words[0], words -> words[1], (a, b) -> a));
      if (python.exitValue() != 0 || !lines.containsKey("millis")) {
        throw new AssertionError("client.py: status " + python.exitValue() + ": " + output);
      }
      return new Told(
          String.valueOf(lines.get("code")),
          lines.getOrDefault("message", ""),
          Integer.parseInt(String.valueOf(lines.get("messages"))),
          Duration.ofMillis(Long.parseLong(String.valueOf(lines.get("millis")))));
    } finally {
      python.destroyForcibly();
    }
  }

  private static int end(String... arguments) throws IOException, InterruptedException {
    Process python = start(arguments);
    try {
      return python.waitFor(60, SECONDS) ? python.exitValue() : -1;
    } finally {
      python.destroyForcibly();
    }
  }

  private static Process start(String... arguments) throws IOException {
    ProcessBuilder builder = new ProcessBuilder(PYTHON);
    builder.command().addAll(List.of(arguments));
    return builder.redirectErrorStream(true).start();
  }
}
