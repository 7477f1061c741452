package io.tlstunnel.bench.soak;

import io.tlstunnel.bench.soak.Disturbance.Inject;
import io.tlstunnel.junit.ChaosRelay;
import io.tlstunnel.junit.GrpcBackend;
import io.tlstunnel.junit.InjectedFault;
import io.tlstunnel.junit.TestCa;
import io.tlstunnel.junit.fault.NetworkFault;

/** The remote behind a network of its own; both can be disturbed, and the remote replaced. */
final class Remote implements AutoCloseable {
  static final String NAME = "soak.test";

  private final TestCa ca;
  private final Methods methods;
  private final ChaosRelay network;
  private GrpcBackend backend;

  Remote(TestCa ca, Methods methods) {
    this.ca = ca;
    this.methods = methods;
    this.backend = start(0);
    this.network = ChaosRelay.to("127.0.0.1", backend.port());
  }

  /** Where it is reached. */
  int port() {
    return network.port();
  }

  InjectedFault inject(Inject inject) {
    return inject.fault() instanceof NetworkFault fault
        ? network.inject(fault, inject.when())
        : backend.inject(inject.fault(), inject.when());
  }

  /** Stops it at once and starts another one on its port, which has seen nothing yet. */
  void restart() {
    int port = backend.port();
    backend.close();
    backend = start(port);
  }

  private GrpcBackend start(int port) {
    return GrpcBackend.builder(ca).serverName(NAME).service(methods.service()).port(port).start();
  }

  @Override
  public void close() {
    network.close();
    backend.close();
  }
}
