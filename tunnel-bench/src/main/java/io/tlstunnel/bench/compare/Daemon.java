package io.tlstunnel.bench.compare;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A process that listens on a loopback port, until it is closed. */
final class Daemon implements AutoCloseable {
  private static final long START_SECONDS = 20;

  private final String name;
  private final Process process;
  private final int port;

  private Daemon(String name, Process process, int port) {
    this.name = name;
    this.process = process;
    this.port = port;
  }

  static Daemon start(Path directory, String name, int port, List<String> command)
      throws IOException, InterruptedException {
    Path log = directory.resolve(name + ".log");
    Process process =
        new ProcessBuilder(command)
            .directory(directory.toFile())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    Daemon daemon = new Daemon(name, process, port);
    Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
    long limit = System.nanoTime() + TimeUnit.SECONDS.toNanos(START_SECONDS);
    while (!accepts(port)) {
      if (!process.isAlive() || System.nanoTime() > limit) {
        daemon.close();
        throw new IOException(name + " does not listen on " + port + ": " + Files.readString(log));
      }
      Thread.sleep(5);
    }
    return daemon;
  }

  static int freePort() throws IOException {
    try (ServerSocket probe = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return probe.getLocalPort();
    }
  }

  private static boolean accepts(int port) {
    try (Socket probe = new Socket(InetAddress.getLoopbackAddress(), port)) {
      return probe.isConnected();
    } catch (IOException notYet) {
      return false;
    }
  }

  void check() throws IOException {
    if (!process.isAlive()) {
      throw new IOException(name + " has ended with status " + process.exitValue());
    }
  }

  int port() {
    return port;
  }

  /** The CPU time of each thread of this process, by the thread's id. */
  Map<String, Double> secondsByThread() throws IOException {
    return Accounts.secondsByThread(process.toHandle());
  }

  /** The accounts of this process and those that it started. */
  Accounts accounts() throws IOException {
    return Accounts.of(process.toHandle());
  }

  /** This process and those that it started. */
  List<Long> pids() {
    return Stream.concat(Stream.of(process.toHandle()), process.descendants())
        .map(ProcessHandle::pid)
        .toList();
  }

  @Override
  public void close() {
    List<ProcessHandle> children = process.descendants().toList();
    process.destroy();
    try {
      if (!process.waitFor(5, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
    children.forEach(ProcessHandle::destroyForcibly);
  }
}
