package io.tlstunnel.junit;

import io.grpc.BindableService;
import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Repeatable;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Starts a {@link TestRoute} for a class (once for all of its tests) or for a test method, and
 * gives tests its parts as parameters. May be repeated; each route then needs a name.
 *
 * <pre>{@code
 * @WithRoute(services = Echo.class)
 * class EchoTest {
 *   @Test
 *   void echoes(ManagedChannel channel) { ... }
 * }
 * }</pre>
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.TYPE, ElementType.METHOD})
@Repeatable(WithRoute.All.class)
@ExtendWith(WithRouteExtension.class)
public @interface WithRoute {
  /** The name by which {@link FromRoute} finds the route. */
  String name() default "default";

  /** The services of the backend; each class needs a constructor without parameters. */
  Class<? extends BindableService>[] services() default {};

  /** The name in the backend's certificate, which the tunnel asks for. */
  String serverName() default "backend.test";

  /** The subject of the certificate that the tunnel shows. */
  String clientSubject() default "CN=tunnel";

  /** Holds the routes of a class or method that has several. */
  @Documented
  @Retention(RetentionPolicy.RUNTIME)
  @Target({ElementType.TYPE, ElementType.METHOD})
  @ExtendWith(WithRouteExtension.class)
  @interface All {
    /** The routes. */
    WithRoute[] value();
  }
}
