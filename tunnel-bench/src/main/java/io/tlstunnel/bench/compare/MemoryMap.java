package io.tlstunnel.bench.compare;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What a JVM's memory in RAM consists of, by {@code /proc/PID/smaps}. */
final class MemoryMap {
  private static final Pattern MAPPING =
      Pattern.compile("^([0-9a-f]+)-[0-9a-f]+ (\\S{4}) \\S+ \\S+ \\S+\\s*(.*)$");

  private static final Pattern RSS = Pattern.compile("^Rss:\\s+(\\d+) kB$");

  /** Small heaps lie below 4 GiB, for references of 32 bits that need no arithmetic. */
  private static final long HEAP_END = 1L << 32;

  private MemoryMap() {}

  /** Megabytes by what they hold. */
  static Map<String, Double> of(long pid) throws IOException {
    return of(Files.readAllLines(Path.of("/proc", String.valueOf(pid), "smaps")));
  }

  static Map<String, Double> of(List<String> smaps) {
    Map<String, Double> megabytes = new HashMap<>();
    String content = "";
    for (String line : smaps) {
      Matcher mapping = MAPPING.matcher(line);
      Matcher rss = RSS.matcher(line);
      if (mapping.matches()) {
        long start = Long.parseUnsignedLong(mapping.group(1), 16);
        content = content(start, mapping.group(2), mapping.group(3));
      } else if (rss.matches()) {
        megabytes.merge(content, Long.parseLong(rss.group(1)) * 1024 / 1e6, Double::sum);
      }
    }
    return megabytes;
  }

  private static String content(long start, String rights, String file) {
    if (file.endsWith(".jsa")) {
      return "class archive";
    }
    if (file.endsWith("libjvm.so")) {
      return "the JVM's own code";
    }
    if (file.startsWith("/")) {
      return "other libraries and files";
    }
    if (rights.contains("x")) {
      return "compiled Java";
    }
    return file.isEmpty() && start < HEAP_END ? "Java heap" : "C heap, buffers, metaspace, stacks";
  }
}
