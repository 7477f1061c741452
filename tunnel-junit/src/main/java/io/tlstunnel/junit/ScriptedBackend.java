package io.tlstunnel.junit;

import io.tlstunnel.junit.fault.Fault;
import io.tlstunnel.junit.fault.When;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutorService;

/**
 * A remote over mutual TLS that sends the HTTP/2 frames of a script, for what no server will do.
 * The script runs once for each connection, on a thread of its own.
 *
 * <pre>{@code
 * ScriptedBackend.builder(ca).script(connection -> {
 *   RecordedCall call = connection.awaitCall(Duration.ofSeconds(5));
 *   connection.send(Frame.responseHeaders(call.stream()));
 *   connection.send(Frame.data(call.stream(), new byte[] {0, 0, 0, 0, 9}, true));
 * }).start();
 * }</pre>
 */
public final class ScriptedBackend implements Backend {
  private final TlsFront front;
  private final BackendTls tls;
  private final Traffic traffic;
  private final FaultPlan plan;
  private final ExecutorService scripts;

  ScriptedBackend(
      TlsFront front, BackendTls tls, Traffic traffic, FaultPlan plan, ExecutorService scripts) {
    this.front = front;
    this.tls = tls;
    this.traffic = traffic;
    this.plan = plan;
    this.scripts = scripts;
  }

  /** Begins the description of a backend whose certificate, and whose clients', a CA issues. */
  public static ScriptedBackendBuilder builder(TestCa ca) {
    return new ScriptedBackendBuilder(ca);
  }

  @Override
  public int port() {
    return front.port();
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
    scripts.shutdownNow();
    front.close();
  }

  @Override
  public String toString() {
    return serverName() + " at 127.0.0.1:" + port() + ", " + traffic.summary() + plan.summary();
  }
}
