package io.tlstunnel.junit;

import java.lang.reflect.InvocationTargetException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * MockServer, started by reflection: its 155 jars are on the class path of those only who want
 * them, and who want them use its own classes for everything else.
 */
final class MockServer {
  private static final String SERVER = "org.mockserver.integration.ClientAndServer";
  private static final String CONFIGURATION = "org.mockserver.configuration.Configuration";

  private final Object server;

  private MockServer(Object server) {
    this.server = server;
  }

  static MockServer start(ClassLoader classes) {
    try {
      Class<?> configurationType = classes.loadClass(CONFIGURATION);
      Object configuration = configurationType.getMethod("configuration").invoke(null);
      configurationType.getMethod("logLevel", String.class).invoke(configuration, "WARN");
      return new MockServer(
          classes
              .loadClass(SERVER)
              .getMethod("startClientAndServer", configurationType, Integer[].class)
              .invoke(null, configuration, new Integer[] {0}));
    } catch (ClassNotFoundException e) {
      throw new IllegalStateException(
          "MockServerBackend needs MockServer: add org.mock-server:mockserver-netty (tried: 7.6.0) to"
              + " the test dependencies",
          e);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("this version of MockServer is not known (tried: 7.6.0)", e);
    }
  }

  int port() {
    return (Integer) Objects.requireNonNull(call("getLocalPort"));
  }

  void stop() {
    call("stop");
  }

  private @Nullable Object call(String method) {
    try {
      return server.getClass().getMethod(method).invoke(server);
    } catch (InvocationTargetException e) {
      throw new IllegalStateException("MockServer: " + method + "() failed", e.getCause());
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("this version of MockServer is not known (tried: 7.6.0)", e);
    }
  }
}
