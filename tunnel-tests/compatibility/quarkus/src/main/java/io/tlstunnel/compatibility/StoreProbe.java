package io.tlstunnel.compatibility;

import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthGrpc;
import jakarta.annotation.PreDestroy;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.concurrent.TimeUnit;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/** A bean that asks a remote whether it is well; where the remote is, the configuration says. */
@ApplicationScoped
public class StoreProbe {
  private final ManagedChannel channel;

  StoreProbe(@ConfigProperty(name = "store.target") String target) {
    channel = Grpc.newChannelBuilder(target, InsecureChannelCredentials.create()).build();
  }

  /** The remote's answer, such as {@code SERVING}. */
  public String status() {
    return HealthGrpc.newBlockingStub(channel)
        .withDeadlineAfter(30, TimeUnit.SECONDS)
        .check(HealthCheckRequest.getDefaultInstance())
        .getStatus()
        .name();
  }

  @PreDestroy
  void close() {
    channel.shutdownNow();
  }
}
