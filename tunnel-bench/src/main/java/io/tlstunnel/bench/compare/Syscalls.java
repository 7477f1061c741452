package io.tlstunnel.bench.compare;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** Counts a proxy's system calls with strace; its times are worthless, its counts are exact. */
final class Syscalls {
  private static final long CALLS = 20_000;

  private Syscalls() {}

  /** System calls per call of the workload; not a number where strace is absent or not allowed. */
  static double perCall(Path work, Load load, Daemon proxy, Workload workload)
      throws IOException, InterruptedException {
    Optional<Path> strace = Programs.find("strace");
    if (strace.isEmpty()) {
      return Double.NaN;
    }
    Path counts = work.resolve("strace.txt");
    Files.deleteIfExists(counts);
    List<String> command =
        new ArrayList<>(List.of(strace.get().toString(), "-c", "-f", "-o", counts.toString()));
    for (Long pid : proxy.pids()) {
      command.add("-p");
      command.add(String.valueOf(pid));
    }
    Path log = work.resolve("strace.log");
    Process process =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile()).start();
    try {
      long limit = System.nanoTime() + TimeUnit.SECONDS.toNanos(5);
      while (!Files.readString(log).contains("attached") && System.nanoTime() < limit) {
        if (!process.isAlive()) {
          return Double.NaN;
        }
        Thread.sleep(20);
      }
      load.run(proxy, workload, CALLS);
    } finally {
      // strace writes its table when it is interrupted.
      new ProcessBuilder("kill", "-INT", String.valueOf(process.pid())).start().waitFor();
      process.waitFor(10, TimeUnit.SECONDS);
    }
    return total(counts) / CALLS;
  }

  private static double total(Path counts) throws IOException {
    if (!Files.exists(counts)) {
      return Double.NaN;
    }
    return Files.readAllLines(counts).stream()
        .map(String::strip)
        .filter(line -> line.endsWith(" total"))
        // share, seconds, microseconds per call, calls, perhaps errors, the word
        .mapToDouble(line -> Double.parseDouble(line.split("\\s+", -1)[3]))
        .findFirst()
        .orElse(Double.NaN);
  }
}
