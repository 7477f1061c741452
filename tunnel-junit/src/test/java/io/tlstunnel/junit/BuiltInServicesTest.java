package io.tlstunnel.junit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.reflection.v1.ServerReflectionGrpc;
import io.grpc.reflection.v1.ServerReflectionRequest;
import io.grpc.reflection.v1.ServerReflectionResponse;
import io.grpc.reflection.v1.ServiceResponse;
import io.grpc.stub.StreamObserver;
import java.util.Iterator;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

final class BuiltInServicesTest {
  private static final HealthCheckRequest WHOLE = HealthCheckRequest.getDefaultInstance();

  @Test
  void healthIsServedAndMayChange() {
    try (TestRoute route =
        TestRoute.builder()
            .backend(ca -> GrpcBackend.builder(ca).service(new Echo()).health().start())
            .start()) {
      HealthGrpc.HealthBlockingStub health =
          HealthGrpc.newBlockingStub(route.channel()).withDeadlineAfter(20, TimeUnit.SECONDS);
      HealthCheckRequest echo = HealthCheckRequest.newBuilder().setService("echo.Echo").build();
      assertThat(health.check(WHOLE).getStatus()).isEqualTo(ServingStatus.SERVING);
      Iterator<HealthCheckResponse> watched = health.watch(echo);
      assertThat(watched.next().getStatus()).isEqualTo(ServingStatus.SERVING);

      ((GrpcBackend) route.backend()).serving("echo.Echo", false);

      assertThat(watched.next().getStatus()).isEqualTo(ServingStatus.NOT_SERVING);
      assertThat(health.check(echo).getStatus()).isEqualTo(ServingStatus.NOT_SERVING);
      assertThat(health.check(WHOLE).getStatus()).isEqualTo(ServingStatus.SERVING);
    }
  }

  @Test
  void reflectionListsTheServicesThatHaveADescriptor() throws Exception {
    CompletableFuture<ServerReflectionResponse> answer = new CompletableFuture<>();
    try (TestRoute route =
        TestRoute.builder()
            .backend(
                ca -> GrpcBackend.builder(ca).service(new Echo()).health().reflection().start())
            .start()) {
      StreamObserver<ServerReflectionRequest> requests =
          ServerReflectionGrpc.newStub(route.channel()).serverReflectionInfo(into(answer));
      requests.onNext(ServerReflectionRequest.newBuilder().setListServices("").build());

      assertThat(answer.get(20, TimeUnit.SECONDS).getListServicesResponse().getServiceList())
          .extracting(ServiceResponse::getName)
          .containsExactlyInAnyOrder(
              "grpc.health.v1.Health", "grpc.reflection.v1.ServerReflection");
      requests.onCompleted();
    }
  }

  @Test
  void withoutTheJarTheMessageNamesIt() {
    assertThatThrownBy(
            () ->
                BuiltInServices.available(
                    "health()",
                    () -> {
                      throw new NoClassDefFoundError(
                          "io/grpc/protobuf/services/HealthStatusManager");
                    }))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage(
            "health() needs grpc-java's own services: add io.grpc:grpc-services (tried: 1.85.1) to"
                + " the test dependencies");
  }

  @Test
  void servingWithoutHealthSaysWhatIsMissing() {
    try (GrpcBackend backend = GrpcBackend.builder(TestCa.create()).start()) {
      assertThatThrownBy(() -> backend.serving("echo.Echo", false))
          .isInstanceOf(IllegalStateException.class)
          .hasMessage(
              "serving(echo.Echo): this backend has no health service; build it with health()");
    }
  }

  private static StreamObserver<ServerReflectionResponse> into(
      CompletableFuture<ServerReflectionResponse> answer) {
    return new StreamObserver<>() {
      @Override
      public void onNext(ServerReflectionResponse response) {
        answer.complete(response);
      }

      @Override
      public void onError(Throwable failure) {
        answer.completeExceptionally(failure);
      }

      @Override
      public void onCompleted() {}
    };
  }
}
