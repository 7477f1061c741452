package io.tlstunnel.bench.soak;

import io.netty.buffer.PooledByteBufAllocator;
import io.tlstunnel.TlsTunnel;
import io.tlstunnel.TunnelStartException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * The tunnel as a process of its own, told by lines on standard input: {@code drain} drains it and
 * starts another one on its port, {@code figures} prints what it holds; it ends with the input.
 */
final class SoakTunnel {
  static final String READY = "ready ";
  static final String DRAINING = "draining";
  static final String FIGURES = "figures ";

  private static final Duration DRAIN = Duration.ofSeconds(10);

  private SoakTunnel() {}

  public static void main(String[] args) throws IOException {
    int upstream = Integer.parseInt(args[0]);
    TlsTunnel tunnel = start(0, upstream, args);
    System.out.println(READY + tunnel.target());
    BufferedReader commands =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = commands.readLine(); line != null; line = commands.readLine()) {
      switch (line) {
        case "drain" -> {
          TlsTunnel old = tunnel;
          int port = old.port();
          Thread drain = new Thread(() -> old.close(DRAIN), "drain");
          drain.start();
          tunnel = startWhenFree(port, upstream, args);
          System.out.println(DRAINING);
        }
        case "figures" -> System.out.println(FIGURES + figures());
        default -> throw new IllegalArgumentException("command: " + line);
      }
    }
    tunnel.close();
  }

  private static TlsTunnel start(int port, int upstream, String[] args) {
    return TlsTunnel.builder()
        .listen(port)
        .upstream("127.0.0.1", upstream)
        .sni(Remote.NAME)
        .trust(Path.of(args[1]))
        .clientCert(Path.of(args[2]), Path.of(args[3]))
        .connectTimeout(Duration.ofSeconds(2))
        .start();
  }

  /** The port is free as soon as the drain has begun. */
  private static TlsTunnel startWhenFree(int port, int upstream, String[] args) {
    long limit = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
    while (true) {
      try {
        return start(port, upstream, args);
      } catch (TunnelStartException inUse) {
        if (System.nanoTime() > limit) {
          throw inUse;
        }
        Thread.onSpinWait();
      }
    }
  }

  /** Bytes on the heap once the garbage is collected, and in Netty's direct arenas. */
  private static String figures() {
    System.gc();
    long heap = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    return heap + " " + PooledByteBufAllocator.DEFAULT.metric().usedDirectMemory();
  }
}
