package io.tlstunnel.bench.compare;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.StringJoiner;
import java.util.stream.Stream;

/** The results for other programs: every sample as CSV, the ratios as JSON. */
final class ResultFiles {
  private ResultFiles() {}

  static void writeCsv(Path file, Results results) throws IOException {
    StringBuilder csv = new StringBuilder("peer,workload,figure,unit,round,value\n");
    results
        .samples()
        .forEach(
            (key, values) -> {
              for (int i = 0; i < values.size(); i++) {
                csv.append(
                    String.format(
                        Locale.ROOT,
                        "%s,%s,%s,%s,%d,%.6g%n",
                        key.peer(),
                        key.what(),
                        key.figure(),
                        key.figure().unit(),
                        i + 1,
                        values.get(i)));
              }
            });
    Files.writeString(file, csv);
  }

  static void writeJson(Path file, Results results) throws IOException {
    List<Peer> others = Stream.of(Peer.values()).filter(Peer::isProxy).toList();
    StringJoiner ratios = new StringJoiner(",\n    ");
    for (Goal goal : Goal.values()) {
      StringJoiner peers = new StringJoiner(", ");
      for (Peer peer : others) {
        add(peers, peer.toString(), goal.reached(results, peer));
      }
      ratios.add("\"%s\": {%s}".formatted(goal, peers));
    }
    StringJoiner tunnel = new StringJoiner(", ");
    for (TunnelGoal goal : TunnelGoal.values()) {
      add(tunnel, goal.toString(), goal.reached(results));
    }
    Files.writeString(
        file,
        "{\n  \"ratios\": {\n    %s\n  },\n  \"tunnel\": {%s}\n}\n".formatted(ratios, tunnel));
  }

  /** What was not measured is left out. */
  private static void add(StringJoiner object, String name, OptionalDouble value) {
    value.ifPresent(number -> object.add(String.format(Locale.ROOT, "\"%s\": %.3f", name, number)));
  }
}
