package io.tlstunnel.bench.compare;

import java.io.IOException;
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
 * @param cpuSeconds user and system time since the start, in steps of 10 ms
 * @param rssBytes memory in RAM now
 * @param peakBytes the most that it ever was
 */
record Accounts(double cpuSeconds, long rssBytes, long peakBytes) {
  /** USER_HZ, which Linux fixes at 100 for everything that it shows. */
  private static final double TICKS_PER_SECOND = 100;

  static Accounts of(ProcessHandle process) throws IOException {
    List<ProcessHandle> processes = new ArrayList<>(process.descendants().toList());
    processes.add(process);
    double cpu = 0;
    long rss = 0;
    long peak = 0;
    for (ProcessHandle one : processes) {
      Path directory = Path.of("/proc", String.valueOf(one.pid()));
      try {
        cpu += cpuSeconds(Files.readString(directory.resolve("stat")));
        Map<String, Long> status = kilobytes(directory.resolve("status"));
        rss += status.getOrDefault("VmRSS", 0L) * 1024;
        peak += status.getOrDefault("VmHWM", 0L) * 1024;
      } catch (NoSuchFileException ended) {
        // A child that ended meanwhile has nothing to add.
      }
    }
    return new Accounts(cpu, rss, peak);
  }

  private static double cpuSeconds(String stat) {
    // The second field is the name in parentheses and may hold blanks; utime and stime are 14 and
    // 15.
    String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
    return (Long.parseLong(fields[11]) + Long.parseLong(fields[12])) / TICKS_PER_SECOND;
  }

  private static Map<String, Long> kilobytes(Path status) throws IOException {
    return Files.readAllLines(status).stream()
        .filter(line -> line.startsWith("Vm"))
        .map(line -> line.split("[:\\s]+", -1))
        .collect(Collectors.toMap(fields -> fields[0], fields -> Long.parseLong(fields[1])));
  }
}
