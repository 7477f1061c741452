package io.tlstunnel.bench.soak;

import io.grpc.MethodDescriptor;
import io.grpc.ServerServiceDefinition;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import io.tlstunnel.junit.ByteMethods;
import java.nio.ByteBuffer;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The service that is called. Each request begins with the id of its call, so that a call which is
 * served twice does not go unnoticed; responses of a stream begin with their number.
 */
final class Methods {
  static final MethodDescriptor<byte[], byte[]> ECHO = ByteMethods.unary("soak.Service/Echo");
  static final MethodDescriptor<byte[], byte[]> STREAM =
      ByteMethods.serverStreaming("soak.Service/Stream");
  static final MethodDescriptor<byte[], byte[]> CHAT =
      ByteMethods.bidiStreaming("soak.Service/Chat");
  static final MethodDescriptor<byte[], byte[]> SILENT = ByteMethods.unary("soak.Service/Silent");

  static final int MESSAGE_BYTES = 4_096;

  private final Set<Long> served = ConcurrentHashMap.newKeySet();
  private final AtomicLong servedTwice = new AtomicLong();

  /** A request of a call; {@code messages} is for {@link #STREAM}, 0 meaning without end. */
  static byte[] request(long call, int messages, int length) {
    return ByteBuffer.allocate(Math.max(length, Long.BYTES + Integer.BYTES))
        .putLong(call)
        .putInt(messages)
        .array();
  }

  /** How many calls have been served more than once. */
  long servedTwice() {
    return servedTwice.get();
  }

  /** The ids of the calls so far are not needed any more. */
  void forget() {
    served.clear();
  }

  ServerServiceDefinition service() {
    return ServerServiceDefinition.builder("soak.Service")
        .addMethod(
            ECHO,
            ServerCalls.asyncUnaryCall(
                (request, responses) -> {
                  serve(request);
                  responses.onNext(request);
                  responses.onCompleted();
                }))
        .addMethod(STREAM, ServerCalls.asyncServerStreamingCall(this::stream))
        .addMethod(CHAT, ServerCalls.asyncBidiStreamingCall(this::chat))
        .addMethod(SILENT, ServerCalls.asyncUnaryCall((request, responses) -> serve(request)))
        .build();
  }

  private void serve(byte[] request) {
    if (!served.add(ByteBuffer.wrap(request).getLong())) {
      servedTwice.incrementAndGet();
    }
  }

  private void stream(byte[] request, StreamObserver<byte[]> responses) {
    serve(request);
    int messages = ByteBuffer.wrap(request).getInt(Long.BYTES);
    ServerCallStreamObserver<byte[]> client = (ServerCallStreamObserver<byte[]>) responses;
    int end = messages == 0 ? Integer.MAX_VALUE : messages;
    int[] sent = {0};
    client.setOnCancelHandler(() -> {});
    client.setOnReadyHandler(
        () -> {
          while (client.isReady() && !client.isCancelled() && sent[0] != end) {
            client.onNext(ByteBuffer.allocate(MESSAGE_BYTES).putInt(sent[0]++).array());
            if (sent[0] == end) {
              client.onCompleted();
            }
          }
        });
  }

  private StreamObserver<byte[]> chat(StreamObserver<byte[]> responses) {
    return new StreamObserver<>() {
      private boolean begun;

      @Override
      public void onNext(byte[] message) {
        if (!begun) {
          begun = true;
          serve(message);
        }
        responses.onNext(message);
      }

      @Override
      public void onError(Throwable cancelled) {}

      @Override
      public void onCompleted() {
        responses.onCompleted();
      }
    };
  }
}
