package io.tlstunnel.tests.faults;

import io.grpc.BindableService;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.ServerInterceptors;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import io.tlstunnel.junit.ByteMethods;
import io.tlstunnel.tests.rig.TestCall;
import java.nio.ByteBuffer;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/** The remote's methods, one for each way in which a call may stay open. */
final class Methods implements BindableService, AutoCloseable {
  private static final String SERVICE = "faults.Methods";

  /** Answers what it is asked. */
  static final MethodDescriptor<byte[], byte[]> ECHO = ByteMethods.unary(SERVICE + "/Echo");

  /** Answers what it is asked 20 ms later, so that calls are under way at every moment. */
  static final MethodDescriptor<byte[], byte[]> SLOW_ECHO =
      ByteMethods.unary(SERVICE + "/SlowEcho");

  /** Never answers. */
  static final MethodDescriptor<byte[], byte[]> HANG = ByteMethods.unary(SERVICE + "/Hang");

  /** Sends as many messages of 16 KiB as the request's four bytes say, as fast as it may. */
  static final MethodDescriptor<byte[], byte[]> DOWNLOAD =
      ByteMethods.serverStreaming(SERVICE + "/Download");

  /** Takes everything, then answers with the number of bytes that were in it. */
  static final MethodDescriptor<byte[], byte[]> UPLOAD =
      ByteMethods.clientStreaming(SERVICE + "/Upload");

  /** Takes nothing and answers nothing. */
  static final MethodDescriptor<byte[], byte[]> BLOCKED_UPLOAD =
      ByteMethods.clientStreaming(SERVICE + "/BlockedUpload");

  private final Consumer<String> seen;
  private final ScheduledExecutorService clock = Executors.newScheduledThreadPool(1);
  private final AtomicInteger hanging = new AtomicInteger();
  private final AtomicInteger cancelled = new AtomicInteger();
  private final AtomicInteger underWay = new AtomicInteger();
  private final AtomicInteger mostUnderWay = new AtomicInteger();

  /** Tells the id of each call that reaches the application. */
  Methods(Consumer<String> seen) {
    this.seen = seen;
  }

  /** Calls of {@link #HANG} that have arrived. */
  int hanging() {
    return hanging.get();
  }

  /** Calls of {@link #HANG} that were cancelled. */
  int cancelled() {
    return cancelled.get();
  }

  /** The most calls of {@link #SLOW_ECHO} that were open at the same time. */
  int mostUnderWay() {
    return mostUnderWay.get();
  }

  static byte[] number(int number) {
    return ByteBuffer.allocate(Integer.BYTES).putInt(number).array();
  }

  @Override
  public ServerServiceDefinition bindService() {
    ServerServiceDefinition methods =
        ServerServiceDefinition.builder(SERVICE)
            .addMethod(ECHO, ServerCalls.asyncUnaryCall(Methods::echo))
            .addMethod(SLOW_ECHO, ServerCalls.asyncUnaryCall(this::echoLater))
            .addMethod(HANG, ServerCalls.asyncUnaryCall(this::hang))
            .addMethod(DOWNLOAD, ServerCalls.asyncServerStreamingCall(Methods::download))
            .addMethod(UPLOAD, ServerCalls.asyncClientStreamingCall(Methods::upload))
            .addMethod(BLOCKED_UPLOAD, takeNothing())
            .build();
    return ServerInterceptors.intercept(methods, new Seen());
  }

  private final class Seen implements ServerInterceptor {
    @Override
    public <Q, R> ServerCall.Listener<Q> interceptCall(
        ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
      String id = headers.get(TestCall.ID_KEY);
      if (id != null) {
        seen.accept(id);
      }
      return next.startCall(call, headers);
    }
  }

  private static void echo(byte[] request, StreamObserver<byte[]> response) {
    response.onNext(request);
    response.onCompleted();
  }

  private void echoLater(byte[] request, StreamObserver<byte[]> response) {
    mostUnderWay.accumulateAndGet(underWay.incrementAndGet(), Math::max);
    clock.schedule(
        () -> {
          underWay.decrementAndGet();
          echo(request, response);
        },
        20,
        TimeUnit.MILLISECONDS);
  }

  private void hang(byte[] request, StreamObserver<byte[]> response) {
    ((ServerCallStreamObserver<byte[]>) response).setOnCancelHandler(cancelled::incrementAndGet);
    hanging.incrementAndGet();
  }

  private static void download(byte[] request, StreamObserver<byte[]> response) {
    ServerCallStreamObserver<byte[]> out = (ServerCallStreamObserver<byte[]>) response;
    AtomicInteger left = new AtomicInteger(ByteBuffer.wrap(request).getInt());
    byte[] message = new byte[16_384];
    Runnable send =
        () -> {
          while (out.isReady() && left.get() > 0) {
            out.onNext(message);
            if (left.decrementAndGet() == 0) {
              out.onCompleted();
            }
          }
        };
    out.setOnReadyHandler(send);
    out.setOnCancelHandler(() -> {});
    send.run();
  }

  private static StreamObserver<byte[]> upload(StreamObserver<byte[]> response) {
    AtomicInteger bytes = new AtomicInteger();
    return new StreamObserver<>() {
      @Override
      public void onNext(byte[] message) {
        bytes.addAndGet(message.length);
      }

      @Override
      public void onError(Throwable gone) {}

      @Override
      public void onCompleted() {
        response.onNext(number(bytes.get()));
        response.onCompleted();
      }
    };
  }

  private static ServerCallHandler<byte[], byte[]> takeNothing() {
    return (ServerCall<byte[], byte[]> call, Metadata headers) ->
        new ServerCall.Listener<>() {
          @Override
          public void onCancel() {
            call.close(Status.CANCELLED, new Metadata());
          }
        };
  }

  @Override
  public void close() {
    clock.shutdownNow();
  }
}
