package io.tlstunnel.junit;

import io.grpc.BindableService;
import io.grpc.ManagedChannel;
import io.tlstunnel.TlsTunnel;
import java.lang.reflect.AnnotatedElement;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionConfigurationException;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.junit.platform.commons.support.AnnotationSupport;

/**
 * A JUnit extension that starts a {@link TestRoute} and closes it in reverse order: channel,
 * tunnel, backend. A static field gives one route per class, an instance field one per test method;
 * {@link WithRoute} does the same without a field.
 *
 * <pre>{@code
 * @RegisterExtension
 * static final TunnelExtension route = TunnelExtension.builder().service(new Echo()).build();
 *
 * @Test
 * void echoes(ManagedChannel channel) { ... }
 * }</pre>
 *
 * After a failed test it prints to the standard error stream what each backend has seen, and before
 * it closes a route on which a test has failed, what a diagnosis of the tunnel finds within two
 * seconds.
 */
public final class TunnelExtension
    implements BeforeAllCallback, BeforeEachCallback, AfterEachCallback, ParameterResolver {
  private static final Duration DIAGNOSIS = Duration.ofSeconds(2);

  private final @Nullable TestRouteBuilder description;
  private final List<TestRoute> running = new CopyOnWriteArrayList<>();
  private final Set<TestRoute> failed = ConcurrentHashMap.newKeySet();

  /** For JUnit: {@link WithRoute} says which routes to start. */
  public TunnelExtension() {
    this.description = null;
  }

  TunnelExtension(TestRouteBuilder description) {
    this.description = description;
  }

  /** Begins the description of a route for a {@code @RegisterExtension} field. */
  public static TestRouteBuilder builder() {
    return new TestRouteBuilder();
  }

  /** The route that is running. */
  public TestRoute route() {
    if (running.isEmpty()) {
      throw new IllegalStateException(
          "this TunnelExtension has started nothing: annotate its field with @RegisterExtension, and"
              + " make it static if it is used outside of test methods");
    }
    if (running.size() > 1) {
      throw new IllegalStateException(
          "this TunnelExtension serves several test classes at the same time: take a TestRoute as a"
              + " test parameter instead");
    }
    return running.get(0);
  }

  /** The tunnel of the route that is running. */
  public TlsTunnel tunnel() {
    return route().tunnel();
  }

  /** The channel of the route that is running. */
  public ManagedChannel channel() {
    return route().channel();
  }

  /** The backend of the route that is running. */
  public Backend backend() {
    return route().backend();
  }

  @Override
  public void beforeAll(ExtensionContext context) {
    if (description == null) {
      startAnnotated(context, context.getRequiredTestClass());
    } else if (!isRunningIn(context)) { // A nested class uses the route of the class around it.
      start(context, description);
    }
  }

  @Override
  public void beforeEach(ExtensionContext context) {
    if (description == null) {
      startAnnotated(context, context.getRequiredTestMethod());
      if (RunningRoutes.visibleIn(context).isEmpty()) {
        throw new ExtensionConfigurationException(
            "TunnelExtension has nothing to start: use @WithRoute(services = ...), or a"
                + " '@RegisterExtension static TunnelExtension' field with a builder, instead of"
                + " @ExtendWith(TunnelExtension.class)");
      }
    } else if (!isRunningIn(context)) {
      start(context, description);
    }
  }

  @Override
  public void afterEach(ExtensionContext context) {
    if (context.getExecutionException().isPresent()) {
      RunningRoutes.visibleIn(context).stream()
          .filter(entry -> entry.owner() == this)
          .forEach(entry -> failedOn(entry.route(), context.getDisplayName()));
    }
  }

  private void failedOn(TestRoute route, String test) {
    System.err.println(test + ", " + route);
    failed.add(route);
  }

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    List<RunningRoutes.Entry> routes = RunningRoutes.visibleIn(context);
    // Where several extensions run, one answers for all: JUnit accepts no two resolvers.
    return new RouteParameter(parameter).isOurs()
        && (routes.isEmpty() || routes.get(0).owner() == this);
  }

  @Override
  public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
    return new RouteParameter(parameter).valueFrom(RunningRoutes.visibleIn(context));
  }

  void stopped(TestRoute route) {
    running.remove(route);
    if (failed.remove(route)) {
      // Not earlier: the backend counts and records the diagnosis's call like any other.
      System.err.println("route " + route.name() + ": " + diagnosis(route));
    }
    route.close();
  }

  /** What the tunnel's route looks like; a test may have closed the tunnel itself. */
  private static String diagnosis(TestRoute route) {
    try {
      return route.tunnel().diagnose(DIAGNOSIS).toString();
    } catch (IllegalStateException impossible) {
      return "no diagnosis: " + impossible.getMessage();
    }
  }

  private boolean isRunningIn(ExtensionContext context) {
    return RunningRoutes.visibleIn(context).stream().anyMatch(entry -> entry.owner() == this);
  }

  private void startAnnotated(ExtensionContext context, AnnotatedElement element) {
    for (WithRoute route : AnnotationSupport.findRepeatableAnnotations(element, WithRoute.class)) {
      TestRouteBuilder builder =
          new TestRouteBuilder()
              .name(route.name())
              .serverName(route.serverName())
              .clientSubject(route.clientSubject());
      for (Class<? extends BindableService> service : route.services()) {
        builder.service(instanceOf(service));
      }
      start(context, builder);
    }
  }

  private void start(ExtensionContext context, TestRouteBuilder builder) {
    TestRoute route = builder.start();
    running.add(route);
    RunningRoutes.add(context, this, route);
  }

  private static BindableService instanceOf(Class<? extends BindableService> service) {
    try {
      var constructor = service.getDeclaredConstructor();
      constructor.setAccessible(true);
      return constructor.newInstance();
    } catch (ReflectiveOperationException e) {
      throw new ExtensionConfigurationException(
          "@WithRoute(services = "
              + service.getSimpleName()
              + ".class): the class needs a constructor without parameters, and must be static if"
              + " it is nested",
          e);
    }
  }
}
