package io.tlstunnel.junit;

import io.grpc.Server;
import io.netty.channel.EventLoopGroup;
import io.tlstunnel.junit.fault.Fault;
import io.tlstunnel.junit.fault.When;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

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
public final class GrpcBackend implements Backend {
  private final Server server;
  private final BackendTls tls;
  private final Traffic traffic;
  private final FaultPlan plan;
  private final EventLoopGroup loops;

  GrpcBackend(
      Server server, BackendTls tls, Traffic traffic, FaultPlan plan, EventLoopGroup loops) {
    this.server = server;
    this.tls = tls;
    this.traffic = traffic;
    this.plan = plan;
    this.loops = loops;
  }

  /** Begins the description of a backend whose certificate, and whose clients', a CA issues. */
  public static GrpcBackendBuilder builder(TestCa ca) {
    return new GrpcBackendBuilder(ca);
  }

  @Override
  public int port() {
    return ((InetSocketAddress) server.getListenSockets().get(0)).getPort();
  }

  @Override
  public String serverName() {
    return tls.serverName();
  }

  @Override
  public RecordedCall takeCall(Duration timeout) {
    return traffic.takeCall(timeout);
  }

  @Override
  public List<RecordedCall> calls() {
    return traffic.calls();
  }

  @Override
  public List<RecordedConnection> connections() {
    return traffic.connections();
  }

  @Override
  public InjectedFault inject(Fault fault, When when) {
    return plan.inject(fault, when);
  }

  @Override
  public void clearFaults() {
    plan.clear();
  }

  @Override
  public void present(TestCert certificate) {
    tls.present(certificate);
  }

  @Override
  public void close() {
    server.shutdownNow();
    try {
      if (!server.awaitTermination(10, TimeUnit.SECONDS)) {
        throw new IllegalStateException(serverName() + " did not stop within 10 s");
      }
      loops.shutdownGracefully(0, 5, TimeUnit.SECONDS).await(10, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public String toString() {
    return serverName() + " at 127.0.0.1:" + port() + ", " + traffic.summary() + plan.summary();
  }
}
