package io.tlstunnel.examples;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A series and one chunk of its samples, in the messages of Thanos's StoreAPI: {@code
 * SeriesResponse.series} has labels and chunks. Only the inside of the chunk is our own, eight
 * bytes of time and eight of value per sample, where Prometheus packs bits.
 */
record Series(Map<String, String> labels, List<Sample> samples) {
  private static final int SAMPLE_BYTES = 16;

  /** A value at a time in milliseconds since 1970. */
  record Sample(long timestamp, double value) {}

  byte[] toSeriesResponse() {
    byte[] series =
        ProtoMessage.write(
            out -> {
              for (Map.Entry<String, String> label : labels.entrySet()) {
                out.writeByteArray(1, toLabel(label.getKey(), label.getValue()));
              }
              out.writeByteArray(2, toAggregatedChunk());
            });
    return ProtoMessage.write(out -> out.writeByteArray(1, series));
  }

  static byte[] toLabel(String name, String value) {
    return ProtoMessage.write(
        out -> {
          out.writeString(1, name);
          out.writeString(2, value);
        });
  }

  private byte[] toAggregatedChunk() {
    ByteBuffer data = ByteBuffer.allocate(SAMPLE_BYTES * samples.size());
    samples.forEach(sample -> data.putLong(sample.timestamp()).putDouble(sample.value()));
    byte[] raw = ProtoMessage.write(out -> out.writeByteArray(2, data.array()));
    return ProtoMessage.write(
        out -> {
          out.writeInt64(1, samples.get(0).timestamp());
          out.writeInt64(2, samples.get(samples.size() - 1).timestamp());
          out.writeByteArray(3, raw);
        });
  }

  static Series fromSeriesResponse(byte[] response) throws IOException {
    Map<String, String> labels = new TreeMap<>();
    List<Sample> samples = new ArrayList<>();
    ProtoMessage.read(response, (field, series) -> readSeries(series, labels, samples));
    return new Series(labels, samples);
  }

  private static void readSeries(byte[] series, Map<String, String> labels, List<Sample> samples)
      throws IOException {
    ProtoMessage.read(
        series,
        (field, value) -> {
          if (field == 1) {
            readLabel(value, labels);
          } else {
            readAggregatedChunk(value, samples);
          }
        });
  }

  static void readLabel(byte[] label, Map<String, String> labels) throws IOException {
    List<String> pair = new ArrayList<>();
    ProtoMessage.read(label, (field, text) -> pair.add(new String(text, StandardCharsets.UTF_8)));
    labels.put(pair.get(0), pair.get(1));
  }

  private static void readAggregatedChunk(byte[] chunk, List<Sample> samples) throws IOException {
    ProtoMessage.read(
        chunk, (field, raw) -> ProtoMessage.read(raw, (rawField, data) -> read(data, samples)));
  }

  private static void read(byte[] data, List<Sample> samples) {
    ByteBuffer in = ByteBuffer.wrap(data);
    while (in.hasRemaining()) {
      samples.add(new Sample(in.getLong(), in.getDouble()));
    }
  }
}
