package io.tlstunnel.tests.rig;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;

/** A process with its output in a file, which every complaint about the process quotes. */
public final class RunningProgram implements AutoCloseable {
  private static final int QUOTED_CHARACTERS = 4_000;

  private final Process process;
  private final Path output;

  private RunningProgram(Process process, Path output) {
    this.process = process;
    this.output = output;
  }

  /** Starts a program; its output, errors too, goes to a file of this directory. */
  public static RunningProgram start(Path directory, String name, List<String> command)
      throws IOException {
    Path output = directory.resolve(name + ".log");
    Process process =
        new ProcessBuilder(command)
            .directory(directory.toFile())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    return new RunningProgram(process, output);
  }

  /** Runs a program to its end and returns what it printed; any other end than 0 is an error. */
  public static String run(Path directory, String name, List<String> command, Duration bound)
      throws IOException, InterruptedException {
    try (RunningProgram program = start(directory, name, command)) {
      int status = program.exitStatus(bound);
      if (status != 0) {
        throw new AssertionError(name + " ended with status " + status + ": " + program.quote());
      }
      return program.output();
    }
  }

  /** Waits for the program's end. */
  public int exitStatus(Duration bound) throws InterruptedException {
    if (!process.waitFor(bound.toMillis(), MILLISECONDS)) {
      throw new AssertionError("still running after " + bound + ": " + quote());
    }
    return process.exitValue();
  }

  /** Waits until the program listens there. */
  public RunningProgram awaitPort(int port) {
    return await(() -> FreePort.accepts(port), "port " + port + " does not accept");
  }

  /** Waits until the program has printed this. */
  public RunningProgram awaitOutput(String text) {
    return await(() -> output().contains(text), "'" + text + "' was not printed");
  }

  private RunningProgram await(Callable<Boolean> condition, String complaint) {
    try {
      Awaitility.await()
          .atMost(Duration.ofSeconds(30))
          .pollInterval(Duration.ofMillis(20))
          .until(() -> !process.isAlive() || condition.call());
    } catch (ConditionTimeoutException timeout) {
      throw new AssertionError(complaint + " within 30 s: " + quote(), timeout);
    }
    if (!process.isAlive()) {
      throw new AssertionError(complaint + ", the process is gone: " + quote());
    }
    return this;
  }

  /** Where the output goes. */
  public Path outputFile() {
    return output;
  }

  /** What has been printed up to now. */
  public String output() {
    try {
      return Files.readString(output);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private String quote() {
    // Read as bytes of any kind: a client's download may be in there.
    try (RandomAccessFile file = new RandomAccessFile(output.toFile(), "r")) {
      byte[] tail = new byte[(int) Math.min(file.length(), QUOTED_CHARACTERS)];
      file.seek(file.length() - tail.length);
      file.readFully(tail);
      return new String(tail, ISO_8859_1);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() throws IOException {
    process.destroy();
    try {
      if (!process.waitFor(10, SECONDS)) {
        process.destroyForcibly().waitFor(10, SECONDS);
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
