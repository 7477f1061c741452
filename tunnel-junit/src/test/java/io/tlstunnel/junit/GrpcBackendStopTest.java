package io.tlstunnel.junit;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.CallOptions;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.RepeatedTest;

/** A backend that is stopped in the middle of calls ends them and itself. */
final class GrpcBackendStopTest {
  private static final int CALLS = 5;
  private static final String WAIT = "silent.Service/Wait";

  private final TestCa ca = TestCa.create();

  /** Several calls on one connection: the server ends them in one go, and then the connection. */
  @RepeatedTest(5)
  void stopsWhileCallsAreRunning() throws Exception {
    GrpcBackend backend = GrpcBackend.builder(ca).service(silent()).start();
    try (DirectChannel client = DirectChannel.to(backend, ca)) {
      List<CompletableFuture<Status>> calls = new ArrayList<>();
      for (int i = 0; i < CALLS; i++) {
        calls.add(call(client));
        backend.takeCall(Duration.ofSeconds(10));
      }
      backend.close();
      for (CompletableFuture<Status> call : calls) {
        assertThat(call.get(10, TimeUnit.SECONDS).isOk()).isFalse();
      }
    }
  }

  private static ServerServiceDefinition silent() {
    return ServerServiceDefinition.builder("silent.Service")
        .addMethod(ByteMethods.unary(WAIT), ServerCalls.asyncUnaryCall((request, response) -> {}))
        .build();
  }

  private static CompletableFuture<Status> call(DirectChannel client) {
    CompletableFuture<Status> end = new CompletableFuture<>();
    ClientCalls.asyncUnaryCall(
        client.channel().newCall(ByteMethods.unary(WAIT), CallOptions.DEFAULT),
        new byte[] {1},
        new StreamObserver<>() {
          @Override
          public void onNext(byte[] response) {}

          @Override
          public void onError(Throwable failure) {
            end.complete(Status.fromThrowable(failure));
          }

          @Override
          public void onCompleted() {
            end.complete(Status.OK);
          }
        });
    return end;
  }
}
