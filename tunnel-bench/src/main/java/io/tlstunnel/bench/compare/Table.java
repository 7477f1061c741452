package io.tlstunnel.bench.compare;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.TreeSet;

/** The results as text: every figure, then the goals beside what was reached. */
final class Table {
  private static final int FIRST_COLUMN = 34;
  private static final int COLUMN = 17;

  private final Results results;
  private final List<Peer> peers;
  private final StringBuilder text = new StringBuilder();

  private Table(Results results) {
    this.results = results;
    Set<Peer> measured = new TreeSet<>();
    results.samples().keySet().forEach(key -> measured.add(key.peer()));
    this.peers = List.copyOf(measured);
  }

  static String of(Results results) {
    Table table = new Table(results);
    table.figures();
    table.ratios();
    table.tunnel();
    return table.text.toString();
  }

  private void figures() {
    row("figure (median, ± half the range)", peers.stream().map(Peer::toString).toList());
    // In the order of measuring, a row for each figure of each workload.
    Map<String, Results.Key> rows = new LinkedHashMap<>();
    results
        .samples()
        .keySet()
        .forEach(key -> rows.putIfAbsent(key.what() + " " + key.figure().unit(), key));
    rows.forEach(
        (name, key) ->
            row(name, peers.stream().map(peer -> figure(peer, key.what(), key.figure())).toList()));
  }

  private String figure(Peer peer, String what, Figure figure) {
    OptionalDouble median = results.median(peer, what, figure);
    if (median.isEmpty()) {
      return "-";
    }
    String value = number(median.getAsDouble());
    OptionalDouble spread = results.spread(peer, what, figure);
    return spread.isEmpty() ? value : "%s ±%.0f%%".formatted(value, spread.getAsDouble() * 100);
  }

  private void ratios() {
    List<Peer> others = peers.stream().filter(Peer::isProxy).toList();
    text.append('\n');
    row("tunnel / peer (goal)", others.stream().map(Peer::toString).toList());
    for (Goal goal : Goal.values()) {
      List<String> cells = new ArrayList<>();
      for (Peer peer : others) {
        OptionalDouble ratio = goal.reached(results, peer);
        cells.add(
            ratio.isEmpty()
                ? "-"
                : "%.2f (%s) %s"
                    .formatted(
                        ratio.getAsDouble(),
                        goal.atMost(peer),
                        verdict(ratio.getAsDouble() <= goal.atMost(peer))));
      }
      row(goal.toString(), cells);
    }
  }

  private void tunnel() {
    text.append('\n');
    row("the tunnel itself", List.of("reached", "goal", ""));
    for (TunnelGoal goal : TunnelGoal.values()) {
      OptionalDouble reached = goal.reached(results);
      if (reached.isPresent()) {
        double value = reached.getAsDouble();
        row(goal.description(), List.of(number(value), goal.goal(), verdict(goal.isMetBy(value))));
      }
    }
    text.append("processors: ").append(Runtime.getRuntime().availableProcessors());
    text.append(", shared by proxy, load and remote\n");
  }

  private static String verdict(boolean met) {
    return met ? "ok" : "MISSED";
  }

  private void row(String first, List<String> cells) {
    text.append(pad(first, FIRST_COLUMN));
    cells.forEach(cell -> text.append(pad(cell, COLUMN)));
    text.append('\n');
  }

  private static String pad(String cell, int width) {
    return cell + " ".repeat(Math.max(1, width - cell.length()));
  }

  static String number(double value) {
    return String.format(Locale.ROOT, value >= 100 ? "%.0f" : value >= 10 ? "%.1f" : "%.2f", value);
  }
}
