package io.tlstunnel.examples;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.stub.ClientCalls;
import java.io.IOException;
import java.util.Iterator;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/** Asks a cluster's StoreAPI through any channel and checks every message that comes back. */
final class StoreClient {
  private static final long DEADLINE_SECONDS = 60;

  private final Channel channel;
  private int calls;
  private int messages;
  private long bytes;

  StoreClient(Channel channel) {
    this.channel = channel;
  }

  int calls() {
    return calls;
  }

  int messages() {
    return messages;
  }

  long bytes() {
    return bytes;
  }

  /** The external labels of the cluster, such as {@code cluster=east}. */
  Map<String, String> info() throws IOException {
    calls++;
    byte[] response =
        ClientCalls.blockingUnaryCall(channel, StoreService.INFO, deadline(), new byte[0]);
    count(response);
    Map<String, String> labels = new TreeMap<>();
    ProtoMessage.read(
        response,
        (field, value) -> {
          if (field == 1) {
            ProtoMessage.read(value, (labelField, label) -> Series.readLabel(label, labels));
          }
        });
    return labels;
  }

  /**
   * Reads all samples of the cluster.
   *
   * @return how many samples came
   * @throws IllegalStateException if a message is wrong, missing or one too many
   */
  int readAllSeries(ClusterData expected) throws IOException {
    calls++;
    Iterator<byte[]> responses =
        ClientCalls.blockingServerStreamingCall(
            channel, StoreService.SERIES, deadline(), everySeriesNamed("up"));
    int chunks = 0;
    int samples = 0;
    while (responses.hasNext()) {
      byte[] response = responses.next();
      count(response);
      Series series = Series.fromSeriesResponse(response);
      if (!series.equals(expected.chunk(chunks))) {
        throw new IllegalStateException(
            expected.cluster() + ": message " + chunks + " is wrong: " + series.labels());
      }
      chunks++;
      samples += series.samples().size();
    }
    if (chunks != ClusterData.CHUNKS) {
      throw new IllegalStateException(
          "%s: %d messages (expected: %d)"
              .formatted(expected.cluster(), chunks, ClusterData.CHUNKS));
    }
    return samples;
  }

  /** A SeriesRequest: all of time, and one matcher of type EQ for the metric's name. */
  private static byte[] everySeriesNamed(String metric) {
    return ProtoMessage.write(
        out -> {
          out.writeInt64(1, 0);
          out.writeInt64(2, Long.MAX_VALUE);
          out.writeByteArray(
              3,
              ProtoMessage.write(
                  matcher -> {
                    matcher.writeString(2, "__name__");
                    matcher.writeString(3, metric);
                  }));
        });
  }

  private void count(byte[] response) {
    messages++;
    bytes += response.length;
  }

  private static CallOptions deadline() {
    return CallOptions.DEFAULT.withDeadlineAfter(DEADLINE_SECONDS, TimeUnit.SECONDS);
  }
}
