package io.tlstunnel.tests.peers;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.grpc.BindableService;
import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.Marshaller;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.ServerInterceptors;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.Arrays;

/** A gRPC service over plain bytes, one method of each kind, which tells what the ingress saw. */
final class BytesService implements BindableService {
  static final MethodDescriptor<byte[], byte[]> ECHO = method("Echo", MethodType.UNARY);
  static final MethodDescriptor<byte[], byte[]> FAIL = method("Fail", MethodType.UNARY);
  static final MethodDescriptor<byte[], byte[]> NEVER = method("Never", MethodType.UNARY);
  static final MethodDescriptor<byte[], byte[]> SEEN = method("Seen", MethodType.UNARY);
  static final MethodDescriptor<byte[], byte[]> COUNT =
      method("Count", MethodType.SERVER_STREAMING);
  static final MethodDescriptor<byte[], byte[]> TALK = method("Talk", MethodType.BIDI_STREAMING);

  static final Metadata.Key<byte[]> DETAIL =
      Metadata.Key.of("detail-bin", Metadata.BINARY_BYTE_MARSHALLER);

  private static final String NAME = "tlstunnel.Bytes";
  private static final Context.Key<Metadata> HEADERS = Context.key("headers");

  @Override
  public ServerServiceDefinition bindService() {
    ServerServiceDefinition service =
        ServerServiceDefinition.builder(NAME)
            .addMethod(ECHO, ServerCalls.asyncUnaryCall(BytesService::echo))
            .addMethod(FAIL, ServerCalls.asyncUnaryCall(BytesService::failWith))
            .addMethod(NEVER, ServerCalls.asyncUnaryCall((request, responses) -> {}))
            .addMethod(SEEN, ServerCalls.asyncUnaryCall(BytesService::seen))
            .addMethod(COUNT, ServerCalls.asyncServerStreamingCall(BytesService::count))
            .addMethod(TALK, ServerCalls.asyncBidiStreamingCall(BytesService::talk))
            .build();
    return ServerInterceptors.intercept(service, new KeepHeaders());
  }

  static String header(Metadata headers, String name) {
    return String.valueOf(headers.get(Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER)));
  }

  private static void echo(byte[] request, StreamObserver<byte[]> responses) {
    responses.onNext(request);
    responses.onCompleted();
  }

  private static void failWith(byte[] detail, StreamObserver<byte[]> responses) {
    Metadata trailers = new Metadata();
    trailers.put(DETAIL, detail);
    responses.onError(
        Status.FAILED_PRECONDITION.withDescription("nicht bereit: ⏳").asException(trailers));
  }

  private static void seen(byte[] request, StreamObserver<byte[]> responses) {
    Metadata headers = HEADERS.get();
    String seen =
        String.join(
            "|",
            header(headers, "x-client-subject"),
            header(headers, "x-server-name"),
            header(headers, "x-authority"));
    echo(seen.getBytes(UTF_8), responses);
  }

  /** The request holds how many messages and how large; each begins with its own number. */
  private static void count(byte[] request, StreamObserver<byte[]> responses) {
    ServerCallStreamObserver<byte[]> stream = (ServerCallStreamObserver<byte[]>) responses;
    ByteBuffer numbers = ByteBuffer.wrap(request);
    int messages = numbers.getInt();
    int size = numbers.getInt();
    int[] next = {0};
    stream.setOnReadyHandler(
        () -> {
          while (stream.isReady() && next[0] < messages) {
            stream.onNext(numbered(next[0]++, size));
            if (next[0] == messages) {
              stream.onCompleted();
            }
          }
        });
  }

  private static StreamObserver<byte[]> talk(StreamObserver<byte[]> responses) {
    return new StreamObserver<>() {
      @Override
      public void onNext(byte[] message) {
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

  static byte[] numbered(int number, int size) {
    byte[] message = new byte[size];
    Arrays.fill(message, (byte) number);
    ByteBuffer.wrap(message).putInt(number);
    return message;
  }

  private static MethodDescriptor<byte[], byte[]> method(String name, MethodType type) {
    return MethodDescriptor.<byte[], byte[]>newBuilder(new Bytes(), new Bytes())
        .setFullMethodName(MethodDescriptor.generateFullMethodName(NAME, name))
        .setType(type)
        .build();
  }

  private static final class KeepHeaders implements ServerInterceptor {
    @Override
    public <Q, S> ServerCall.Listener<Q> interceptCall(
        ServerCall<Q, S> call, Metadata headers, ServerCallHandler<Q, S> next) {
      return Contexts.interceptCall(
          Context.current().withValue(HEADERS, headers), call, headers, next);
    }
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
