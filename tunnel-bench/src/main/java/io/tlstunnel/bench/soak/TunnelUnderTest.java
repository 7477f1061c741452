package io.tlstunnel.bench.soak;

import io.tlstunnel.junit.TestCa;
import io.tlstunnel.junit.TestCert;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** The process of the {@link SoakTunnel}. */
final class TunnelUnderTest implements AutoCloseable {
  private static final int PATIENCE_SECONDS = 60;

  private final Process process;
  private final BufferedWriter commands;
  private final BlockingQueue<String> answers = new LinkedBlockingQueue<>();
  private final String target;

  TunnelUnderTest(int upstream, TestCa ca, TestCert client, Path log)
      throws IOException, InterruptedException {
    Path java = Path.of(System.getProperty("java.home"), "bin", "java");
    process =
        new ProcessBuilder(
                java.toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-Xmx256m",
                "-Dlog.level=WARN",
                "-cp",
                System.getProperty("java.class.path"),
                SoakTunnel.class.getName(),
                String.valueOf(upstream),
                ca.pemFile().toString(),
                client.chainFile().toString(),
                client.keyFile().toString())
            .redirectErrorStream(true)
            .start();
    Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
    commands = process.outputWriter(StandardCharsets.UTF_8);
    Thread reader = new Thread(() -> read(log), "tunnel-output");
    reader.setDaemon(true);
    reader.start();
    target = answer(SoakTunnel.READY);
  }

  String target() {
    return target;
  }

  /** Drains the tunnel; another one takes its place. */
  void drain() throws IOException, InterruptedException {
    say("drain");
    answer(SoakTunnel.DRAINING);
  }

  Footprint footprint() throws IOException, InterruptedException {
    say("figures");
    String[] bytes = answer(SoakTunnel.FIGURES).split(" ", -1);
    return new Footprint(Long.parseLong(bytes[0]), Long.parseLong(bytes[1]), rss(), descriptors());
  }

  long descriptors() throws IOException {
    try (Stream<Path> open = Files.list(proc("fd"))) {
      return open.count();
    }
  }

  boolean isAlive() {
    return process.isAlive();
  }

  private long rss() throws IOException {
    return Files.readAllLines(proc("status")).stream()
        .filter(line -> line.startsWith("VmRSS:"))
        .mapToLong(line -> 1024 * Long.parseLong(line.replaceAll("\\D", "")))
        .sum();
  }

  private Path proc(String file) {
    return Path.of("/proc", String.valueOf(process.pid()), file);
  }

  private void say(String command) throws IOException {
    commands.write(command);
    commands.newLine();
    commands.flush();
  }

  private String answer(String beginning) throws IOException, InterruptedException {
    String line = answers.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
    if (line == null || !line.startsWith(beginning)) {
      throw new IOException(
          "the tunnel's process said " + line + " (expected: " + beginning.trim() + ")");
    }
    return line.substring(beginning.length());
  }

  /** Its answers are for us, its log is for a file. */
  private void read(Path log) {
    List<String> beginnings = List.of(SoakTunnel.READY, SoakTunnel.DRAINING, SoakTunnel.FIGURES);
    try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8);
        BufferedWriter file = Files.newBufferedWriter(log)) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (beginnings.stream().anyMatch(line::startsWith)) {
          answers.add(line);
        } else {
          file.write(line);
          file.newLine();
          file.flush();
        }
      }
    } catch (IOException e) {
      answers.add("nothing more: " + e);
    }
  }

  @Override
  public void close() throws IOException {
    commands.close();
    try {
      if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new IOException("the tunnel's process did not end within a minute");
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
    if (process.exitValue() != 0) {
      throw new IOException("the tunnel's process ended with status " + process.exitValue());
    }
  }
}
