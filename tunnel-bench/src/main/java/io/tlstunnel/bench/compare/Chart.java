package io.tlstunnel.bench.compare;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.stream.Stream;

/** The workloads that have goals as bars: one panel each, one bar per peer, shorter is better. */
final class Chart {
  private static final int PANEL_HEIGHT = 40;
  private static final int BAR_HEIGHT = 16;
  private static final int BAR_STEP = 22;
  private static final int LABEL_WIDTH = 110;
  private static final int BAR_WIDTH = 420;
  private static final int WIDTH = LABEL_WIDTH + BAR_WIDTH + 90;

  private final Results results;
  private final StringBuilder body = new StringBuilder();
  private int y;

  private Chart(Results results) {
    this.results = results;
  }

  static String svg(Results results) {
    Chart chart = new Chart(results);
    for (Goal goal : Goal.values()) {
      chart.panel(goal);
    }
    chart.add(
        "<text x='4' y='%d' fill='#57606a'>Shorter is better. The route of stunnel, which offers no"
            + " ALPN, has one hop more.</text>",
        chart.y + PANEL_HEIGHT / 2);
    return """
        <svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" font-family="sans-serif" font-size="12">
        <rect width="100%%" height="100%%" fill="white"/>
        %s</svg>
        """
        .formatted(WIDTH, chart.y + PANEL_HEIGHT, chart.body);
  }

  private record Bar(Peer peer, double value) {}

  private void panel(Goal goal) {
    List<Bar> bars = new ArrayList<>();
    Stream.of(Peer.values())
        .filter(peer -> peer == Peer.TUNNEL || peer.isProxy())
        .forEach(
            peer -> {
              OptionalDouble value = goal.measured(results, peer);
              value.ifPresent(median -> bars.add(new Bar(peer, median)));
            });
    if (bars.isEmpty()) {
      return;
    }
    double largest = bars.stream().mapToDouble(Bar::value).max().orElseThrow();
    y += PANEL_HEIGHT;
    add("<text x='4' y='%d' font-weight='bold'>%s</text>", y - 10, goal.title());
    for (Bar bar : bars) {
      int width = (int) Math.max(1, BAR_WIDTH * bar.value() / largest);
      int baseline = y + BAR_HEIGHT - 4;
      add("<text x='%d' y='%d' text-anchor='end'>%s</text>", LABEL_WIDTH - 6, baseline, bar.peer());
      add(
          "<rect x='%d' y='%d' width='%d' height='%d' fill='%s'/>",
          LABEL_WIDTH, y, width, BAR_HEIGHT, bar.peer().isTunnel() ? "#1a7f37" : "#8c959f");
      add(
          "<text x='%d' y='%d'>%s</text>",
          LABEL_WIDTH + width + 6, baseline, Table.number(bar.value()));
      y += BAR_STEP;
    }
  }

  private void add(String element, Object... values) {
    body.append(String.format(Locale.ROOT, element, values)).append('\n');
  }
}
