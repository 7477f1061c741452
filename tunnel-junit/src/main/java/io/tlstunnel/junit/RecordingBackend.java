package io.tlstunnel.junit;

import io.tlstunnel.junit.fault.Fault;
import io.tlstunnel.junit.fault.When;
import java.time.Duration;
import java.util.List;

/** What all backends have in common: records of what came, faults in force, and their TLS. */
abstract class RecordingBackend implements Backend {
  final BackendTls tls;
  final Traffic traffic;
  final FaultPlan plan;

  RecordingBackend(BackendTls tls, Traffic traffic, FaultPlan plan) {
    this.tls = tls;
    this.traffic = traffic;
    this.plan = plan;
  }

  @Override
  public final String serverName() {
    return tls.serverName();
  }

  @Override
  public final RecordedCall takeCall(Duration timeout) {
    return traffic.takeCall(timeout);
  }

  @Override
  public final List<RecordedCall> calls() {
    return traffic.calls();
  }

  @Override
  public final List<RecordedConnection> connections() {
    return traffic.connections();
  }

  @Override
  public final InjectedFault inject(Fault fault, When when) {
    return plan.inject(fault, when);
  }

  @Override
  public final void clearFaults() {
    plan.clear();
  }

  @Override
  public final void present(TestCert certificate) {
    tls.present(certificate);
  }

  @Override
  public final String toString() {
    return serverName()
        + " at 127.0.0.1:"
        + port()
        + ", "
        + traffic.summary()
        + tls.summary()
        + plan.summary();
  }
}
