package io.tlstunnel.examples;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What a cluster has stored: the same on every run, so that a client knows what it must receive.
 */
record ClusterData(String cluster) {
  static final int CHUNKS = 1_000;
  static final int SAMPLES_PER_CHUNK = 120;
  static final int SAMPLES = CHUNKS * SAMPLES_PER_CHUNK;

  private static final int CHUNKS_PER_SERIES = 10;
  private static final long FIRST_TIMESTAMP = 1_700_000_000_000L;
  private static final long SCRAPE_INTERVAL = 15_000;

  /** The chunk with this number, from 0: the tenth part of a series. */
  Series chunk(int number) {
    int series = number / CHUNKS_PER_SERIES;
    int firstSample = number % CHUNKS_PER_SERIES * SAMPLES_PER_CHUNK;
    List<Series.Sample> samples = new ArrayList<>(SAMPLES_PER_CHUNK);
    for (int i = firstSample; i < firstSample + SAMPLES_PER_CHUNK; i++) {
      samples.add(
          new Series.Sample(
              FIRST_TIMESTAMP + i * SCRAPE_INTERVAL, cluster.hashCode() + series * 1_000.0 + i));
    }
    Map<String, String> labels =
        new TreeMap<>(
            Map.of("__name__", "up", "cluster", cluster, "instance", "node-" + series + ":9100"));
    return new Series(labels, samples);
  }
}
