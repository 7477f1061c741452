package io.tlstunnel.bench.soak;

import java.util.Locale;

/**
 * What the tunnel's process holds while nobody uses it.
 *
 * @param heap bytes, garbage collected
 * @param direct bytes in Netty's direct arenas
 * @param rss bytes in RAM
 * @param descriptors open files and sockets
 */
record Footprint(long heap, long direct, long rss, long descriptors) {
  private static final long MIB = 1 << 20;

  /** What may come and go: code that was compiled, arenas of threads that had nothing to do yet. */
  static final long HEAP_SLACK = 16 * MIB;

  static final long DIRECT_SLACK = 32 * MIB;
  static final long RSS_SLACK = 96 * MIB;

  /** Why this is more than what was there before; empty if it is not. */
  String growthSince(Footprint before) {
    StringBuilder growth = new StringBuilder();
    add(growth, "heap", heap - before.heap, HEAP_SLACK);
    add(growth, "direct memory", direct - before.direct, DIRECT_SLACK);
    add(growth, "RSS", rss - before.rss, RSS_SLACK);
    if (descriptors > before.descriptors) {
      growth.append(
          " file descriptors: %d (expected: %d)".formatted(descriptors, before.descriptors));
    }
    return growth.toString().trim();
  }

  private static void add(StringBuilder growth, String what, long grown, long slack) {
    if (grown > slack) {
      growth.append(
          String.format(
              Locale.ROOT,
              " %s: grown by %.1f MB (expected: at most %.1f)",
              what,
              grown / 1e6,
              slack / 1e6));
    }
  }

  @Override
  public String toString() {
    return String.format(
        Locale.ROOT,
        "heap %.1f MB, direct %.1f MB, RSS %.1f MB, %d file descriptors",
        heap / 1e6,
        direct / 1e6,
        rss / 1e6,
        descriptors);
  }
}
