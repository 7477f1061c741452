package io.tlstunnel.junit;

import io.netty.handler.ssl.ClientAuth;
import io.tlstunnel.junit.fault.NetworkFault;
import io.tlstunnel.junit.fault.TlsFault;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** Describes a {@link ScriptedBackend}, then starts it. */
public final class ScriptedBackendBuilder {
  private final TestCa ca;
  private String serverName = "backend.test";
  private ClientAuth clientAuth = ClientAuth.REQUIRE;
  private ConnectionScript script = connection -> {};
  private ScriptHandler.Manners manners = ScriptHandler.Manners.POLITE;
  private int port;

  ScriptedBackendBuilder(TestCa ca) {
    this.ca = Objects.requireNonNull(ca, "ca");
  }

  /** What to do on each connection. Default: nothing; calls are answered with UNIMPLEMENTED. */
  public ScriptedBackendBuilder script(ConnectionScript script) {
    this.script = Objects.requireNonNull(script, "script");
    return this;
  }

  /**
   * The script does everything itself, from the SETTINGS on. Default: SETTINGS, their
   * acknowledgement and PING's are sent without the script, and calls that it leaves are answered.
   */
  public ScriptedBackendBuilder withoutManners() {
    this.manners = ScriptHandler.Manners.NONE;
    return this;
  }

  /** The name in the backend's certificate. Default: {@code backend.test}. */
  public ScriptedBackendBuilder serverName(String name) {
    this.serverName = Objects.requireNonNull(name, "name");
    return this;
  }

  /** Asks no certificate of clients. Default: one of the CA's is required. */
  public ScriptedBackendBuilder anyClient() {
    this.clientAuth = ClientAuth.NONE;
    return this;
  }

  /** The port to listen on. Default: 0, any free one. */
  public ScriptedBackendBuilder port(int port) {
    if (port < 0 || port > 65_535) {
      throw new IllegalArgumentException("port: " + port + " (expected: 0-65535)");
    }
    this.port = port;
    return this;
  }

  /**
   * Starts the server.
   *
   * @throws IllegalStateException if the port is in use
   */
  public ScriptedBackend start() {
    Traffic traffic = new Traffic(serverName);
    FaultPlan plan =
        new FaultPlan(
            "a ScriptedBackend, which sends what its script says",
            Set.of(TlsFault.class, NetworkFault.class),
            "a TlsFault, a NetworkFault, or frames in the script");
    BackendTls tls = new BackendTls(ca, clientAuth, serverName);
    ExecutorService scripts = Executors.newCachedThreadPool(ScriptedBackendBuilder::thread);
    TlsFront front =
        new TlsFront(
            port,
            tls,
            traffic,
            plan,
            connection ->
                new ScriptHandler(
                    new CallRecorder(traffic, connection),
                    connection,
                    traffic,
                    script,
                    manners,
                    scripts),
            channel -> {});
    return new ScriptedBackend(front, tls, traffic, plan, scripts);
  }

  private static Thread thread(Runnable script) {
    Thread thread = new Thread(script, "scripted-backend");
    thread.setDaemon(true);
    return thread;
  }
}
