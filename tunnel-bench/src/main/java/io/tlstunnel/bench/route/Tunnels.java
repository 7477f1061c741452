package io.tlstunnel.bench.route;

import io.tlstunnel.TlsTunnel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;

/**
 * Runs tunnels until SIGTERM.
 *
 * <pre>Tunnels CERTIFICATES ROUTE...</pre>
 *
 * CERTIFICATES is a folder with {@code ca.pem}, {@code client.pem} and {@code client.key}; a ROUTE
 * is {@code port=host:port/name}, where the name is what the remote is called in SNI and {@code
 * :authority}.
 */
public final class Tunnels {
  private Tunnels() {}

  public static void main(String[] args) throws InterruptedException {
    if (args.length < 2) {
      System.err.println("usage: Tunnels CERTIFICATES port=host:port/name...");
      System.exit(2);
    }
    Path certificates = Path.of(args[0]);
    List<TlsTunnel> tunnels = new ArrayList<>();
    for (int i = 1; i < args.length; i++) {
      Route route = Route.parse(args[i]);
      TlsTunnel tunnel = route.open(certificates);
      tunnels.add(tunnel);
      System.out.println(tunnel.target() + " leads to " + route.name());
    }
    CountDownLatch stopped = new CountDownLatch(1);
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () -> {
                  tunnels.forEach(TlsTunnel::close);
                  stopped.countDown();
                },
                "close"));
    System.out.println("ready");
    stopped.await();
  }

  private record Route(int listen, String host, int port, String name) {
    static Route parse(String text) {
      String[] parts = text.split("[=:/]", -1);
      if (parts.length != 4) {
        throw new IllegalArgumentException("route: " + text + " (expected: port=host:port/name)");
      }
      return new Route(Integer.parseInt(parts[0]), parts[1], Integer.parseInt(parts[2]), parts[3]);
    }

    TlsTunnel open(Path certificates) {
      return TlsTunnel.builder()
          .listen(listen)
          .upstream(host, port)
          .sni(name)
          .trust(certificates.resolve("ca.pem"))
          .clientCert(certificates.resolve("client.pem"), certificates.resolve("client.key"))
          .connectTimeout(Duration.ofSeconds(30))
          .start();
    }
  }
}
