package io.tlstunnel.junit;

import io.tlstunnel.TlsTunnel;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolutionException;

/** What of a route a test parameter asks for. */
final class RouteParameter {
  static final String TYPES =
      "TestRoute, TlsTunnel, ManagedChannel, Backend or the backend's own class, TestCa, TestCert"
          + " (the tunnel's); with @FromRoute also String (target) and int (port)";

  private final Class<?> type;
  private final boolean marked;
  private final String routeName;

  RouteParameter(ParameterContext parameter) {
    this.type = parameter.getParameter().getType();
    this.marked = parameter.isAnnotated(FromRoute.class);
    this.routeName = parameter.findAnnotation(FromRoute.class).map(FromRoute::value).orElse("");
  }

  /** Whether the parameter is ours to give: marked as such, or of a type that says so. */
  boolean isOurs() {
    return marked
        || type == TestRoute.class
        || type == TlsTunnel.class
        || isChannel()
        || type == TestCa.class
        || type == TestCert.class
        || Backend.class.isAssignableFrom(type);
  }

  // By name, so that everything else works where grpc-java is missing.
  private boolean isChannel() {
    String name = type.getName();
    return name.equals("io.grpc.ManagedChannel") || name.equals("io.grpc.Channel");
  }

  Object valueFrom(List<RunningRoutes.Entry> routes) {
    TestRoute route = choose(routes);
    if (type == TestRoute.class) {
      return route;
    } else if (type == TlsTunnel.class) {
      return route.tunnel();
    } else if (isChannel()) {
      return route.channel();
    } else if (type == TestCa.class) {
      return route.ca();
    } else if (type == TestCert.class) {
      return route.clientCert();
    } else if (type == String.class) {
      return route.target();
    } else if (type == int.class || type == Integer.class) {
      return route.port();
    } else if (type.isInstance(route.backend())) {
      return route.backend();
    }
    throw new ParameterResolutionException(
        Backend.class.isAssignableFrom(type)
            ? "route %s has a %s, not a %s"
                .formatted(
                    route.name(), route.backend().getClass().getSimpleName(), type.getSimpleName())
            : "a route has no " + type.getName() + " (expected: " + TYPES + ")");
  }

  private TestRoute choose(List<RunningRoutes.Entry> routes) {
    if (routes.isEmpty()) {
      throw new ParameterResolutionException(
          "no route is running: add @WithRoute(services = ...) to the class or the method, or make"
              + " the field '@RegisterExtension static TunnelExtension'");
    }
    List<TestRoute> fitting =
        routes.stream()
            .map(RunningRoutes.Entry::route)
            .filter(route -> routeName.isEmpty() || route.name().equals(routeName))
            .collect(Collectors.toList());
    String names =
        routes.stream().map(entry -> entry.route().name()).collect(Collectors.joining(", "));
    if (fitting.isEmpty()) {
      throw new ParameterResolutionException(
          "@FromRoute(\"" + routeName + "\"): no such route (expected one of: " + names + ")");
    }
    if (routeName.isEmpty() && fitting.size() > 1) {
      throw new ParameterResolutionException(
          fitting.size()
              + " routes are running ("
              + names
              + "): say which one with @FromRoute(\""
              + fitting.get(0).name()
              + "\")");
    }
    return fitting.get(0);
  }
}
