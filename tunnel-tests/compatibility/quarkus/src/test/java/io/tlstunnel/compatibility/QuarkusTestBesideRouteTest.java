package io.tlstunnel.compatibility;

import static io.tlstunnel.junit.TunnelAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.util.Version;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.tlstunnel.junit.Backend;
import io.tlstunnel.junit.FromRoute;
import io.tlstunnel.junit.GrpcBackend;
import io.tlstunnel.junit.TestRoute;
import io.tlstunnel.junit.TunnelExtension;
import io.tlstunnel.junit.fault.GrpcFault;
import io.tlstunnel.junit.fault.When;
import jakarta.inject.Inject;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A bean that calls through a route, and a second route that the test's own extension starts. */
@QuarkusTest
@QuarkusTestResource(RouteResource.class)
class QuarkusTestBesideRouteTest {
  @RegisterExtension
  static final TunnelExtension second =
      TunnelExtension.builder()
          .name("second")
          .backend(ca -> GrpcBackend.builder(ca).health().start())
          .build();

  @Inject StoreProbe probe;
  TestRoute route;

  @Test
  void beanCallsThroughTheRoute() {
    assertThat(probe.status()).isEqualTo("SERVING");
    assertThat(route.backend()).received("/grpc.health.v1.Health/Check").withSni("store.example");
  }

  @Test
  void faultsReachTheBean() {
    route.backend().inject(GrpcFault.status(14, "down for repair"), When.once());
    assertThatThrownBy(probe::status).hasMessage("UNAVAILABLE: down for repair");
    assertThat(probe.status()).isEqualTo("SERVING");
  }

  @Test
  void extensionGivesParameters(@FromRoute("second") Backend backend, TestRoute same) {
    assertThat(same.backend()).isSameAs(backend);
    assertThat(backend).receivedNothing();
    assertThat(second.route()).isSameAs(same);
  }

  @Test
  void versionIsThatWhichQuarkusManages() {
    assertThat(Version.identify().get("netty-handler").artifactVersion())
        .startsWith(System.getProperty("expected.netty"));
  }
}
