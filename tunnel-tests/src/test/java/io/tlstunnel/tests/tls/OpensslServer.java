package io.tlstunnel.tests.tls;

import static org.awaitility.Awaitility.await;

import io.tlstunnel.junit.TestCert;
import io.tlstunnel.tests.rig.Program;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;

/** The system's {@code openssl s_server} on a port of its own, and all that it prints. */
final class OpensslServer implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final Process process;
  private final Queue<String> lines = new ConcurrentLinkedQueue<>();
  private final Thread reader;

  private OpensslServer(Process process) {
    this.process = process;
    reader = new Thread(this::read, "openssl s_server");
    reader.setDaemon(true);
    reader.start();
  }

  /** Serves with this certificate; {@code more} are options of s_server. */
  static OpensslServer start(TestCert cert, String... more) throws IOException {
    return start(cert.chainFile(), cert.keyFile(), more);
  }

  static OpensslServer start(Path chain, Path key, String... more) throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(Program.OPENSSL.require().toString(), "s_server", "-accept", "127.0.0.1:0"));
    command.addAll(
        List.of(
            "-cert", chain.toString(), "-cert_chain", chain.toString(), "-key", key.toString()));
    command.addAll(List.of(more));
    OpensslServer server =
        new OpensslServer(new ProcessBuilder(command).redirectErrorStream(true).start());
    server.awaitLine("ACCEPT ");
    return server;
  }

  int port() {
    String accept = awaitLine("ACCEPT ");
    return Integer.parseInt(accept.substring(accept.lastIndexOf(':') + 1));
  }

  /** The first line that contains the text, as soon as there is one. */
  String awaitLine(String text) {
    try {
      return await()
          .atMost(PATIENCE)
          .until(
              () -> lines.stream().filter(line -> line.contains(text)).findFirst().orElse(""),
              line -> !line.isEmpty());
    } catch (RuntimeException late) {
      throw new AssertionError("'" + text + "' was not printed: " + lines, late);
    }
  }

  Queue<String> lines() {
    return lines;
  }

  private void read() {
    try (BufferedReader output =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.ISO_8859_1))) {
      for (String line = output.readLine(); line != null; line = output.readLine()) {
        lines.add(line);
      }
    } catch (IOException ended) {
      lines.add("output ended: " + ended.getMessage());
    }
  }

  @Override
  public void close() {
    process.destroyForcibly();
    try {
      process.waitFor(10, TimeUnit.SECONDS);
      reader.join(10_000);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
