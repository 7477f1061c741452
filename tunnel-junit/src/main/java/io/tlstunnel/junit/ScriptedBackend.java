package io.tlstunnel.junit;

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
public final class ScriptedBackend extends RecordingBackend {
  private final TlsFront front;
  private final ExecutorService scripts;

  ScriptedBackend(
      TlsFront front, BackendTls tls, Traffic traffic, FaultPlan plan, ExecutorService scripts) {
    super(tls, traffic, plan);
    this.front = front;
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
  public void close() {
    scripts.shutdownNow();
    front.close();
  }
}
