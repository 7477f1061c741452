package io.tlstunnel.junit;

import io.grpc.Server;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A real grpc-java server on 127.0.0.1 with your services, behind mutual TLS unless told otherwise.
 * Needs {@code io.grpc:grpc-netty} on the class path.
 *
 * <pre>{@code
 * TestCa ca = TestCa.create();
 * try (GrpcBackend backend = GrpcBackend.builder(ca).service(new Echo()).start()) {
 *   ... backend.port() ...
 *   RecordedCall call = backend.takeCall(Duration.ofSeconds(5));
 * }
 * }</pre>
 */
public final class GrpcBackend extends RecordingBackend {
  private final Server server;
  private final NioLoop loop;
  private final int port;
  private final BuiltInServices.@Nullable Health health;

  GrpcBackend(
      Server server,
      BackendTls tls,
      Traffic traffic,
      FaultPlan plan,
      NioLoop loop,
      BuiltInServices.@Nullable Health health) {
    super(tls, traffic, plan);
    this.server = server;
    this.loop = loop;
    this.health = health;
    this.port = ((InetSocketAddress) server.getListenSockets().get(0)).getPort();
  }

  /** Begins the description of a backend whose certificate, and whose clients', a CA issues. */
  public static GrpcBackendBuilder builder(TestCa ca) {
    return new GrpcBackendBuilder(ca);
  }

  /**
   * What {@code grpc.health.v1.Health} says from now on, to those who watch it too.
   *
   * @param service a service's full name, or the empty text for the backend as a whole
   * @throws IllegalStateException if the backend was built without {@code health()}
   */
  public void serving(String service, boolean serving) {
    if (health == null) {
      throw new IllegalStateException(
          "serving(" + service + "): this backend has no health service; build it with health()");
    }
    health.set(service, serving);
  }

  @Override
  public int port() {
    return port;
  }

  @Override
  public void close() {
    server.shutdownNow();
    try {
      if (!server.awaitTermination(10, TimeUnit.SECONDS)) {
        throw new IllegalStateException(serverName() + " did not stop within 10 s");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      loop.close();
    }
  }
}
