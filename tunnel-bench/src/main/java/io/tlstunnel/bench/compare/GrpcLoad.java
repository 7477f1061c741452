package io.tlstunnel.bench.compare;

import io.grpc.CallOptions;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.Marshaller;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.stub.ClientCalls;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Iterator;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

/** A grpc-java client on one channel, with as many calls under way as the workload has streams. */
final class GrpcLoad {
  static final String SERVICE = "tlstunnel.Bench";
  static final int SERIES_MESSAGE_BYTES = 1 << 20;
  static final MethodDescriptor<byte[], byte[]> ECHO = method("Echo", MethodType.UNARY);
  static final MethodDescriptor<byte[], byte[]> SERIES =
      method("Series", MethodType.SERVER_STREAMING);

  private static final byte[] SMALL = new byte[100];

  private GrpcLoad() {}

  /** Makes {@code calls} unary calls; the seconds they took and their latencies. */
  static H2load.Run unary(int port, long calls, int streams)
      throws InterruptedException, IOException {
    double[][] latencies = new double[streams][(int) (calls / streams)];
    double seconds =
        onEachStream(
            port,
            streams,
            (channel, stream) -> {
              for (int i = 0; i < latencies[stream].length; i++) {
                long began = System.nanoTime();
                byte[] answer = ClientCalls.blockingUnaryCall(channel, ECHO, bounded(), SMALL);
                latencies[stream][i] = (System.nanoTime() - began) / 1e3;
                expect(answer.length == SMALL.length);
              }
            });
    double[] all = Arrays.stream(latencies).flatMapToDouble(Arrays::stream).sorted().toArray();
    return new H2load.Run(all.length, seconds, all[all.length / 2], all[(int) (all.length * 0.99)]);
  }

  /** Reads {@code messages} of 1 MiB, split over the streams. */
  static H2load.Run series(int port, long messages, int streams)
      throws InterruptedException, IOException {
    int each = (int) (messages / streams);
    byte[] request = ByteBuffer.allocate(4).putInt(each).array();
    double seconds =
        onEachStream(
            port,
            streams,
            (channel, stream) -> {
              Iterator<byte[]> answers =
                  ClientCalls.blockingServerStreamingCall(channel, SERIES, bounded(), request);
              int count = 0;
              for (; answers.hasNext(); count++) {
                expect(answers.next().length == SERIES_MESSAGE_BYTES);
              }
              expect(count == each);
            });
    return new H2load.Run((long) each * streams, seconds, Double.NaN, Double.NaN);
  }

  private interface Calls {
    void make(ManagedChannel channel, int stream);
  }

  private static double onEachStream(int port, int streams, Calls calls)
      throws InterruptedException, IOException {
    ManagedChannel channel =
        Grpc.newChannelBuilder("127.0.0.1:" + port, InsecureChannelCredentials.create())
            .maxInboundMessageSize(2 * SERIES_MESSAGE_BYTES)
            .build();
    ExecutorService threads = Executors.newFixedThreadPool(streams);
    try {
      long began = System.nanoTime();
      for (Future<?> stream :
          IntStream.range(0, streams)
              .mapToObj(stream -> threads.submit(() -> calls.make(channel, stream)))
              .toList()) {
        stream.get();
      }
      return (System.nanoTime() - began) / 1e9;
    } catch (ExecutionException failed) {
      throw new IOException("gRPC through port " + port, failed.getCause());
    } finally {
      threads.shutdownNow();
      channel.shutdownNow().awaitTermination(5, TimeUnit.SECONDS);
    }
  }

  private static CallOptions bounded() {
    return CallOptions.DEFAULT.withDeadlineAfter(60, TimeUnit.SECONDS);
  }

  private static void expect(boolean truth) {
    if (!truth) {
      throw new IllegalStateException("a wrong or missing gRPC message");
    }
  }

  private static MethodDescriptor<byte[], byte[]> method(String name, MethodType type) {
    return MethodDescriptor.<byte[], byte[]>newBuilder(new Bytes(), new Bytes())
        .setFullMethodName(MethodDescriptor.generateFullMethodName(SERVICE, name))
        .setType(type)
        .build();
  }

  private static final class Bytes implements Marshaller<byte[]> {
    @Override
    public InputStream stream(byte[] value) {
      return new ByteArrayInputStream(value);
    }

    @Override
    public byte[] parse(InputStream stream) {
      try {
        return stream.readAllBytes();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
