package io.tlstunnel.junit;

import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * What {@link WithRoute} registers; nobody else needs it. A class of its own, because JUnit leaves
 * out an annotation's extension where a field has registered one of the same class before.
 */
public final class WithRouteExtension
    implements BeforeAllCallback, BeforeEachCallback, AfterEachCallback, ParameterResolver {
  private final TunnelExtension routes = new TunnelExtension();

  /** For JUnit. */
  public WithRouteExtension() {}

  @Override
  public void beforeAll(ExtensionContext context) {
    routes.beforeAll(context);
  }

  @Override
  public void beforeEach(ExtensionContext context) {
    routes.beforeEach(context);
  }

  @Override
  public void afterEach(ExtensionContext context) {
    routes.afterEach(context);
  }

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    return routes.supportsParameter(parameter, context);
  }

  @Override
  public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
    return routes.resolveParameter(parameter, context);
  }
}
