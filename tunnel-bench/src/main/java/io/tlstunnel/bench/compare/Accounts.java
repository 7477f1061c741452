package io.tlstunnel.bench.compare;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * What the operating system has on its books for a process and its children, all threads included.
 *
 * @param threadSeconds user and system time of the threads that live, to the nanosecond
 * @param tickSeconds user and system time of all threads that ever were, in steps of 10 ms
 * @param rssBytes memory in RAM now
 * @param peakBytes the most that it ever was
 */
record Accounts(double threadSeconds, double tickSeconds, long rssBytes, long peakBytes) {
  private static final double TICKS_PER_SECOND = 100;

  /** More than rounding can explain: threads have ended and taken their time with them. */
  private static final double NOTICEABLE = 0.03;

  static Accounts of(ProcessHandle process) throws IOException {
    List<ProcessHandle> processes = new ArrayList<>(process.descendants().toList());
    processes.add(process);
    double threads = 0;
    double ticks = 0;
    long rss = 0;
    long peak = 0;
    for (ProcessHandle one : processes) {
      Path directory = Path.of("/proc", String.valueOf(one.pid()));
      try {
        threads += threadSeconds(directory);
        ticks += tickSeconds(directory);
        Map<String, Long> status = kilobytes(directory.resolve("status"));
        rss += status.getOrDefault("VmRSS", 0L) * 1024;
        peak += status.getOrDefault("VmHWM", 0L) * 1024;
      } catch (NoSuchFileException ended) {
        // A child that ended meanwhile has nothing to add.
      }
    }
    return new Accounts(threads, ticks, rss, peak);
  }

  /**
   * The CPU time since then. To the nanosecond, by the threads that live; by the coarser books of
   * the whole process where these show clearly more, as for a proxy that gives each connection a
   * thread.
   */
  double cpuSecondsSince(Accounts before) {
    double byThreads = threadSeconds - before.threadSeconds;
    double byTicks = tickSeconds - before.tickSeconds;
    return byTicks > byThreads + NOTICEABLE ? byTicks : byThreads;
  }

  private static double threadSeconds(Path directory) throws IOException {
    return secondsByThread(directory).values().stream().mapToDouble(Double::doubleValue).sum();
  }

  /** The CPU time of each thread of a process, by the thread's id. */
  static Map<String, Double> secondsByThread(ProcessHandle process) throws IOException {
    return secondsByThread(Path.of("/proc", String.valueOf(process.pid())));
  }

  private static Map<String, Double> secondsByThread(Path directory) throws IOException {
    Map<String, Double> seconds = new HashMap<>();
    try (DirectoryStream<Path> threads = Files.newDirectoryStream(directory.resolve("task"))) {
      for (Path thread : threads) {
        try {
          String schedstat = Files.readString(thread.resolve("schedstat"));
          long nanos = Long.parseLong(schedstat.substring(0, schedstat.indexOf(' ')));
          seconds.put(thread.getFileName().toString(), nanos / 1e9);
        } catch (IOException ended) {
          // A thread that ended meanwhile is on the process's own books.
        }
      }
    }
    return seconds;
  }

  /** Fields 14 and 15 of stat, of which the second, a name, may hold blanks. */
  static double tickSeconds(Path directory) throws IOException {
    String stat = Files.readString(directory.resolve("stat"));
    String[] behindName = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
    return (Long.parseLong(behindName[11]) + Long.parseLong(behindName[12])) / TICKS_PER_SECOND;
  }

  private static Map<String, Long> kilobytes(Path status) throws IOException {
    return Files.readAllLines(status).stream()
        .filter(line -> line.startsWith("Vm"))
        .map(line -> line.split("[:\\s]+", -1))
        .collect(Collectors.toMap(fields -> fields[0], fields -> Long.parseLong(fields[1])));
  }
}
