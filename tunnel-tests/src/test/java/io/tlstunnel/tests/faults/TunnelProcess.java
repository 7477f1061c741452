package io.tlstunnel.tests.faults;

import io.tlstunnel.TlsTunnel;
import io.tlstunnel.junit.TestCa;
import io.tlstunnel.junit.TestCert;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.UnaryOperator;

/** A tunnel in a process of its own, which drains it when it is told to end. */
final class TunnelProcess implements AutoCloseable {
  private static final Duration INTERVAL = Duration.ofMillis(200);
  private static final Duration TIMEOUT = Duration.ofSeconds(5);

  /** Longer than the remote may be silent before it counts as gone. */
  static final Duration TOO_LONG = TIMEOUT.plusSeconds(1);

  private final ChildJvm child;
  private final int port;

  private TunnelProcess(ChildJvm child) throws IOException {
    this.child = child;
    this.port = Integer.parseInt(child.readLine());
  }

  /** The process: says its port, then lives until it is told to end. */
  static final class Main {
    private Main() {}

    public static void main(String[] args) throws InterruptedException {
      TlsTunnel tunnel =
          TlsTunnel.builder()
              .listen(Integer.parseInt(args[1]))
              .upstream("127.0.0.1", Integer.parseInt(args[0]))
              .sni("backend.test")
              .trust(Path.of(args[2]))
              .clientCert(Path.of(args[3]), Path.of(args[4]))
              .keepAlive(INTERVAL, TIMEOUT)
              .drainOnShutdown(Duration.ofSeconds(30))
              .start();
      System.out.println(tunnel.port());
      Thread.currentThread().join();
    }
  }

  static TunnelProcess start(
      TestCa ca, int remotePort, int port, UnaryOperator<List<String>> around, List<String> options)
      throws IOException {
    TestCert client = ca.client("CN=tunnel");
    return new TunnelProcess(
        ChildJvm.start(
            around,
            options,
            Main.class,
            List.of(
                Integer.toString(remotePort),
                Integer.toString(port),
                ca.pemFile().toString(),
                client.chainFile().toString(),
                client.keyFile().toString())));
  }

  int port() {
    return port;
  }

  ChildJvm child() {
    return child;
  }

  @Override
  public void close() {
    child.close();
  }
}
