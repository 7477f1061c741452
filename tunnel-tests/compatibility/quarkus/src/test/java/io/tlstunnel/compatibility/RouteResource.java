package io.tlstunnel.compatibility;

import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import io.tlstunnel.junit.GrpcBackend;
import io.tlstunnel.junit.TestRoute;
import java.util.Map;

/** A route that is there before Quarkus starts, and tells it where it is. */
public class RouteResource implements QuarkusTestResourceLifecycleManager {
  private TestRoute route;

  @Override
  public Map<String, String> start() {
    route =
        TestRoute.builder()
            .backend(ca -> GrpcBackend.builder(ca).serverName("store.example").health().start())
            .start();
    return Map.of("store.target", route.target());
  }

  @Override
  public void inject(TestInjector injector) {
    injector.injectIntoFields(route, new TestInjector.MatchesType(TestRoute.class));
  }

  @Override
  public void stop() {
    route.close();
  }
}
