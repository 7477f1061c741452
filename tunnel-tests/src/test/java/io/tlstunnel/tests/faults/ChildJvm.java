package io.tlstunnel.tests.faults;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;

/** A class's main method in a JVM of its own, with the class path of this one. */
final class ChildJvm implements AutoCloseable {
  private final Process process;
  private final BufferedReader output;

  private ChildJvm(Process process) {
    this.process = process;
    this.output = process.inputReader();
  }

  /**
   * Starts it.
   *
   * @param around what the command is put into, such as {@code prlimit}
   */
  static ChildJvm start(
      UnaryOperator<List<String>> around, List<String> options, Class<?> main, List<String> args)
      throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"));
    command.addAll(options);
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
    command.addAll(args);
    return new ChildJvm(
        new ProcessBuilder(around.apply(command)).redirectError(Redirect.INHERIT).start());
  }

  /** The next line that it prints. */
  String readLine() throws IOException {
    String line = output.readLine();
    assertThat(line).as("what the process says before it ends").isNotNull();
    return line;
  }

  /** SIGTERM. */
  void terminate() {
    process.destroy();
  }

  /** SIGKILL. */
  void kill() {
    process.destroyForcibly();
  }

  /** Sends a signal by name: STOP, CONT. */
  void signal(String name) throws IOException, InterruptedException {
    Process kill = new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).start();
    assertThat(kill.waitFor(20, TimeUnit.SECONDS)).isTrue();
    assertThat(kill.exitValue()).isZero();
  }

  boolean isAlive() {
    return process.isAlive();
  }

  int exitValue() throws InterruptedException {
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).as("the process ends").isTrue();
    return process.exitValue();
  }

  /** The processor time that it has used. */
  Duration cpu() throws IOException {
    String[] fields = Files.readString(Path.of("/proc/" + process.pid() + "/stat")).split(" ", -1);
    return Duration.ofMillis((Long.parseLong(fields[13]) + Long.parseLong(fields[14])) * 10);
  }

  @Override
  public void close() {
    process.destroyForcibly();
    try {
      assertThat(process.waitFor(20, TimeUnit.SECONDS)).as("the process ends").isTrue();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
