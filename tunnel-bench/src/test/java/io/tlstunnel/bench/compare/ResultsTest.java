package io.tlstunnel.bench.compare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ResultsTest {
  private final Results results = new Results();

  @Test
  void medianIgnoresOneBadRound() {
    add(Peer.TUNNEL, 4, 100, 5);

    assertThat(results.median(Peer.TUNNEL, "10x10", Figure.CPU_PER_CALL)).hasValue(5);
    assertThat(results.spread(Peer.TUNNEL, "10x10", Figure.CPU_PER_CALL).orElseThrow())
        .isCloseTo(9.6, within(0.01));
  }

  @Test
  void ratioIsTheTunnelsShareOfThePeersCost() {
    add(Peer.TUNNEL, 4);
    add(Peer.ENVOY, 16);

    assertThat(Goal.C10X10_CPU.reached(results, Peer.ENVOY)).hasValue(0.25);
    assertThat(Goal.C10X10_CPU.reached(results, Peer.NGINX)).isEmpty();
  }

  @Test
  void stunnelIsComparedWithTheTunnelOnARouteAsLongAsItsOwn() {
    add(Peer.TUNNEL, 4);
    add(Peer.TUNNEL_TERMINATED, 6);
    add(Peer.STUNNEL, 12);

    assertThat(Goal.C10X10_CPU.reached(results, Peer.STUNNEL)).hasValue(0.5);
  }

  @Test
  void tableShowsEachRatioBesideItsGoal() {
    add(Peer.TUNNEL, 4, 6);
    add(Peer.ENVOY, 16);
    add(Peer.HAPROXY, 5);

    assertThat(Table.of(results))
        .contains("5.00 ±20%")
        .contains("0.31 (0.25) MISSED")
        .contains("1.00 (0.5) MISSED");
  }

  @Test
  void jsonHoldsWhatWasMeasuredAndNothingElse(@TempDir Path directory) throws Exception {
    add(Peer.TUNNEL, 4);
    add(Peer.ENVOY, 16);
    results.add(Peer.TUNNEL, FreshProcess.MEMORY, Figure.RSS, 60);
    Path file = directory.resolve("compare.json");

    ResultFiles.writeJson(file, results);

    assertThat(Files.readString(file))
        .contains("\"10x10-cpu\": {\"envoy\": 0.250}")
        .contains("\"1x1-p50\": {}")
        .contains("\"tunnel\": {\"rss_mb\": 60.000}");
  }

  @Test
  void floorIsShownAndComparedWithNothing() {
    add(Peer.TUNNEL, 4);
    add(Peer.PLAIN_COPY, 2);

    assertThat(Table.of(results)).contains("plain-copy").doesNotContain("2.00 (");
    assertThat(Chart.svg(results)).doesNotContain("plain-copy");
  }

  @Test
  void chartHasABarForEachMeasuredPeer() {
    add(Peer.TUNNEL, 4);
    add(Peer.ENVOY, 16);

    assertThat(Chart.svg(results))
        .startsWith("<svg")
        .contains(">10x10: CPU µs/call<", ">tunnel<", ">envoy<")
        .doesNotContain(">nginx<");
  }

  private void add(Peer peer, double... values) {
    for (double value : values) {
      results.add(peer, "10x10", Figure.CPU_PER_CALL, value);
    }
  }
}
