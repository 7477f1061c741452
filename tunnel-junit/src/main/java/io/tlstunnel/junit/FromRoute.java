package io.tlstunnel.junit;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Marks a test parameter that comes from a route: needed for a {@code String} (the tunnel's target)
 * and an {@code int} (its port), and where a test has several routes.
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.PARAMETER)
public @interface FromRoute {
  /** The route's name; not needed where there is only one. */
  String value() default "";
}
