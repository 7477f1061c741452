package io.tlstunnel.tests.floods;

import io.grpc.BindableService;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCallHandler;
import io.grpc.ServerServiceDefinition;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import io.tlstunnel.junit.ByteMethods;
import java.util.concurrent.atomic.AtomicInteger;

/** The remote's methods: one that answers, and one that never does and counts how it ends. */
final class Calls implements BindableService {
  private static final String SERVICE = "floods.Calls";

  /** Answers what it is asked. */
  static final MethodDescriptor<byte[], byte[]> ECHO = ByteMethods.unary(SERVICE + "/Echo");

  /** Never answers. */
  static final MethodDescriptor<byte[], byte[]> HANG = ByteMethods.unary(SERVICE + "/Hang");

  private final AtomicInteger arrived = new AtomicInteger();
  private final AtomicInteger begun = new AtomicInteger();
  private final AtomicInteger cancelled = new AtomicInteger();

  /** Calls of {@link #HANG} whose headers have come. */
  int arrived() {
    return arrived.get();
  }

  /** Calls of {@link #HANG} whose request has come. */
  int begun() {
    return begun.get();
  }

  /** Of these, the ones that were cancelled. */
  int cancelled() {
    return cancelled.get();
  }

  @Override
  public ServerServiceDefinition bindService() {
    return ServerServiceDefinition.builder(SERVICE)
        .addMethod(ECHO, ServerCalls.asyncUnaryCall(Calls::echo))
        .addMethod(HANG, counted(ServerCalls.asyncUnaryCall(this::hang)))
        .build();
  }

  private <Q, R> ServerCallHandler<Q, R> counted(ServerCallHandler<Q, R> handler) {
    return (call, headers) -> {
      arrived.incrementAndGet();
      return handler.startCall(call, headers);
    };
  }

  private static void echo(byte[] request, StreamObserver<byte[]> response) {
    response.onNext(request);
    response.onCompleted();
  }

  private void hang(byte[] request, StreamObserver<byte[]> response) {
    ((ServerCallStreamObserver<byte[]>) response).setOnCancelHandler(cancelled::incrementAndGet);
    begun.incrementAndGet();
  }
}
