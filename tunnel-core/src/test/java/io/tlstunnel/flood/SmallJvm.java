package io.tlstunnel.flood;

import static org.assertj.core.api.Assertions.assertThat;

import io.tlstunnel.TlsTunnel;
import io.tlstunnel.testpeer.RawRemote;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;

/** A tunnel in a JVM of its own that has little direct memory. */
final class SmallJvm implements AutoCloseable {
  private final Process process;
  private final int port;
  private final Queue<String> log = new ConcurrentLinkedQueue<>();
  private final Thread reader;

  /** The process: says its port, then lives until it is ended. */
  static final class Main {
    private Main() {}

    public static void main(String[] args) throws InterruptedException {
      TlsTunnel tunnel =
          TlsTunnel.builder()
              .upstream("127.0.0.1", Integer.parseInt(args[0]))
              .sni(RawRemote.NAME)
              .trust(Path.of(args[1]))
              .clientCert(Path.of(args[2]), Path.of(args[3]))
              .start();
      System.out.println(tunnel.port());
      Thread.currentThread().join();
    }
  }

  SmallJvm(String... args) throws IOException {
    List<String> command =
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-Xmx128m",
            "-XX:MaxDirectMemorySize=32m",
            "-cp",
            System.getProperty("java.class.path"),
            Main.class.getName());
    List<String> all = new ArrayList<>(command);
    all.addAll(List.of(args));
    process = new ProcessBuilder(all).redirectErrorStream(true).start();
    BufferedReader output = process.inputReader();
    String line = output.readLine();
    while (line != null && !line.matches("\\d+")) {
      log.add(line);
      line = output.readLine();
    }
    assertThat(line).as("the port, or why there is none: %s", log).isNotNull();
    port = Integer.parseInt(line);
    reader = new Thread(() -> readLog(output), "small-jvm-log");
    reader.setDaemon(true);
    reader.start();
  }

  private void readLog(BufferedReader output) {
    try {
      output.lines().forEach(log::add);
    } catch (UncheckedIOException ended) {
      log.add("(the process has ended)");
    }
  }

  int port() {
    return port;
  }

  /** What it has logged so far. */
  List<String> log() {
    return List.copyOf(log);
  }

  @Override
  public void close() {
    process.destroyForcibly();
    try {
      assertThat(process.waitFor(20, TimeUnit.SECONDS)).as("the process ends").isTrue();
      reader.join(TimeUnit.SECONDS.toMillis(20));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
