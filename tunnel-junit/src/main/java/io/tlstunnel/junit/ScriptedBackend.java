package io.tlstunnel.junit;

import io.netty.channel.Channel;
import io.netty.channel.EventLoopGroup;
import io.tlstunnel.junit.fault.Fault;
import io.tlstunnel.junit.fault.When;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;

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
  private final Channel listener;
  private final BackendTls tls;
  private final Traffic traffic;
  private final FaultPlan plan;
  private final EventLoopGroup loops;
  private final ExecutorService scripts;

  ScriptedBackend(
      Channel listener,
      BackendTls tls,
      Traffic traffic,
      FaultPlan plan,
      EventLoopGroup loops,
      ExecutorService scripts) {
    this.listener = listener;
    this.tls = tls;
    this.traffic = traffic;
    this.plan = plan;
    this.loops = loops;
    this.scripts = scripts;
  }

  /** Begins the description of a backend whose certificate, and whose clients', a CA issues. */
  public static ScriptedBackendBuilder builder(TestCa ca) {
    return new ScriptedBackendBuilder(ca);
  }

  @Override
  public int port() {
    return ((InetSocketAddress) listener.localAddress()).getPort();
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
    listener.close().syncUninterruptibly();
    loops.shutdownGracefully(0, 5, TimeUnit.SECONDS).awaitUninterruptibly(10_000);
  }

  @Override
  public String toString() {
    return serverName() + " at 127.0.0.1:" + port() + ", " + traffic.summary() + plan.summary();
  }
}
