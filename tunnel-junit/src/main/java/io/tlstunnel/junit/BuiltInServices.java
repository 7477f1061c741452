package io.tlstunnel.junit;

import io.grpc.BindableService;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.protobuf.services.HealthStatusManager;
import io.grpc.protobuf.services.ProtoReflectionServiceV1;
import java.util.function.Supplier;

/** The services that grpc-java brings itself, apart because their jar is optional. */
final class BuiltInServices {
  private BuiltInServices() {}

  static BindableService reflection() {
    return available("reflection()", ProtoReflectionServiceV1::newInstance);
  }

  static Health health() {
    return available("health()", Health::new);
  }

  static <T> T available(String option, Supplier<T> services) {
    try {
      return services.get();
    } catch (NoClassDefFoundError e) {
      throw new IllegalStateException(
          option
              + " needs grpc-java's own services: add io.grpc:grpc-services (tried: 1.85.1) to the"
              + " test dependencies",
          e);
    }
  }

  /** {@code grpc.health.v1.Health}. */
  static final class Health {
    private final HealthStatusManager statuses = new HealthStatusManager();

    BindableService service() {
      return statuses.getHealthService();
    }

    void set(String service, boolean serving) {
      statuses.setStatus(service, serving ? ServingStatus.SERVING : ServingStatus.NOT_SERVING);
    }
  }
}
