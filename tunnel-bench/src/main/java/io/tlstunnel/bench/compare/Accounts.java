package io.tlstunnel.bench.compare;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * What the operating system has on its books for a process and its children, all threads included.
 *
 * @param cpuSeconds user and system time since the start of the threads that live
 * @param rssBytes memory in RAM now
 * @param peakBytes the most that it ever was
 */
record Accounts(double cpuSeconds, long rssBytes, long peakBytes) {
  static Accounts of(ProcessHandle process) throws IOException {
    List<ProcessHandle> processes = new ArrayList<>(process.descendants().toList());
    processes.add(process);
    double cpu = 0;
    long rss = 0;
    long peak = 0;
    for (ProcessHandle one : processes) {
      Path directory = Path.of("/proc", String.valueOf(one.pid()));
      try {
        cpu += cpuSeconds(directory);
        Map<String, Long> status = kilobytes(directory.resolve("status"));
        rss += status.getOrDefault("VmRSS", 0L) * 1024;
        peak += status.getOrDefault("VmHWM", 0L) * 1024;
      } catch (NoSuchFileException ended) {
        // A child that ended meanwhile has nothing to add.
      }
    }
    return new Accounts(cpu, rss, peak);
  }

  /**
   * Summed up over the threads, to the nanosecond: utime and stime come in steps of 10 ms, a tenth
   * of what a short run takes. A thread that ends takes its time with it; the proxies keep theirs.
   */
  private static double cpuSeconds(Path directory) throws IOException {
    double nanos = 0;
    try (DirectoryStream<Path> threads = Files.newDirectoryStream(directory.resolve("task"))) {
      for (Path thread : threads) {
        String schedstat = Files.readString(thread.resolve("schedstat"));
        nanos += Long.parseLong(schedstat.substring(0, schedstat.indexOf(' ')));
      }
    }
    return nanos / 1e9;
  }

  private static Map<String, Long> kilobytes(Path status) throws IOException {
    return Files.readAllLines(status).stream()
        .filter(line -> line.startsWith("Vm"))
        .map(line -> line.split("[:\\s]+", -1))
        .collect(Collectors.toMap(fields -> fields[0], fields -> Long.parseLong(fields[1])));
  }
}
