package io.tlstunnel.compatibility;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grpc.ManagedChannel;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.tlstunnel.junit.Backend;
import io.tlstunnel.junit.ChaosRelay;
import io.tlstunnel.junit.GrpcBackend;
import io.tlstunnel.junit.TunnelExtension;
import io.tlstunnel.junit.fault.Http2Code;
import io.tlstunnel.junit.fault.Http2Fault;
import io.tlstunnel.junit.fault.Http2Fault.Moment;
import io.tlstunnel.junit.fault.When;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.testcontainers.junit.jupiter.Container;
import org.testcontainers.junit.jupiter.Testcontainers;
import org.testcontainers.lifecycle.Startable;

/** Testcontainers' extension starts and stops something of its own, which needs no Docker. */
@Testcontainers
class TestcontainersBesideRouteTest {
  @Container static final Network network = new Network();

  @RegisterExtension
  static final TunnelExtension route =
      TunnelExtension.builder()
          .backend(ca -> GrpcBackend.builder(ca).serverName("store.example").health().start())
          .build();

  /** What a container would be: it is started before the tests and stopped behind them. */
  static final class Network implements Startable {
    private int starts;
    private ChaosRelay relay;

    @Override
    public void start() {
      starts++;
      relay = ChaosRelay.to("127.0.0.1", 1);
    }

    @Override
    public void stop() {
      relay.close();
    }
  }

  @Test
  void bothRun(ManagedChannel channel, Backend backend) {
    assertThat(network.starts).isEqualTo(1);
    assertThat(network.relay.port()).isPositive();
    assertThat(check(channel)).isEqualTo(ServingStatus.SERVING);
    assertThat(backend.calls().get(0).sni()).isEqualTo("store.example");
  }

  @Test
  void faultsStrike(ManagedChannel channel, Backend backend) {
    backend.inject(Http2Fault.reset(Http2Code.INTERNAL_ERROR, Moment.IN_DATA), When.once());
    assertThatThrownBy(() -> check(channel)).hasMessageContaining("INTERNAL");
    assertThat(check(channel)).isEqualTo(ServingStatus.SERVING);
  }

  @AfterAll
  static void routeIsStillThere() {
    assertThat(check(route.channel())).isEqualTo(ServingStatus.SERVING);
  }

  private static ServingStatus check(ManagedChannel channel) {
    return HealthGrpc.newBlockingStub(channel)
        .withDeadlineAfter(30, TimeUnit.SECONDS)
        .check(HealthCheckRequest.getDefaultInstance())
        .getStatus();
  }
}
