package io.tlstunnel.bench.compare;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;

/** Every figure of every round. */
final class Results {
  private final Map<Key, List<Double>> samples = new LinkedHashMap<>();

  /** What a figure is of; {@code what} is a workload or the name of a measurement of its own. */
  record Key(Peer peer, String what, Figure figure) {}

  void add(Peer peer, String what, Figure figure, double value) {
    if (!Double.isNaN(value)) {
      samples.computeIfAbsent(new Key(peer, what, figure), key -> new ArrayList<>()).add(value);
    }
  }

  Map<Key, List<Double>> samples() {
    return samples;
  }

  OptionalDouble median(Peer peer, String what, Figure figure) {
    List<Double> values = samples.get(new Key(peer, what, figure));
    return values == null ? OptionalDouble.empty() : OptionalDouble.of(median(values));
  }

  /** Half the distance from the smallest to the largest, as a share of the median. */
  OptionalDouble spread(Peer peer, String what, Figure figure) {
    List<Double> values = samples.get(new Key(peer, what, figure));
    if (values == null || values.size() < 2) {
      return OptionalDouble.empty();
    }
    double[] sorted = sorted(values);
    return OptionalDouble.of((sorted[sorted.length - 1] - sorted[0]) / 2 / median(values));
  }

  /** The tunnel's median divided by the peer's, each before the same remote. */
  OptionalDouble ratio(Peer peer, String what, Figure figure) {
    OptionalDouble tunnel = median(peer.yardstick(), what, figure);
    OptionalDouble other = median(peer, what, figure);
    return tunnel.isPresent() && other.isPresent() && other.getAsDouble() > 0
        ? OptionalDouble.of(tunnel.getAsDouble() / other.getAsDouble())
        : OptionalDouble.empty();
  }

  private static double median(List<Double> values) {
    double[] sorted = sorted(values);
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }

  private static double[] sorted(List<Double> values) {
    double[] sorted = values.stream().mapToDouble(Double::doubleValue).toArray();
    Arrays.sort(sorted);
    return sorted;
  }
}
