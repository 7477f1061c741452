package io.tlstunnel.tests.rig;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.util.ResourceLeakDetector;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What must be true once all tunnels, clients and remotes of a test are closed: no thread of a
 * tunnel, no socket, no buffer that was dropped without a release.
 */
public final class NothingLeft {
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final Queue<String> LEAKS = new ConcurrentLinkedQueue<>();

  static {
    ByteBufUtil.setLeakListener((type, records) -> LEAKS.add(type + records));
  }

  private final Set<String> socketsBefore = sockets();

  /** Remembers what was there before the test. */
  public NothingLeft() {
    LEAKS.clear();
  }

  /** Waits for what takes its time to end, then complains of what does not. */
  public void verify() {
    await().atMost(PATIENCE).untilAsserted(() -> assertThat(tunnelThreads()).isEmpty());
    await().atMost(PATIENCE).untilAsserted(() -> assertThat(sockets()).isSubsetOf(socketsBefore));
    collectGarbage();
    assertThat(LEAKS).as("leaked buffers").isEmpty();
  }

  private static List<String> tunnelThreads() {
    return Thread.getAllStackTraces().keySet().stream()
        .map(Thread::getName)
        .filter(name -> name.startsWith("tlstunnel"))
        .toList();
  }

  /** This process's sockets as the system names them; none where there is no /proc. */
  private static Set<String> sockets() {
    Path descriptors = Path.of("/proc/self/fd");
    if (!Files.isDirectory(descriptors)) {
      return Set.of();
    }
    try (Stream<Path> open = Files.list(descriptors)) {
      return open.map(NothingLeft::target)
          .filter(target -> target.startsWith("socket:"))
          .collect(Collectors.toSet());
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }

  private static String target(Path descriptor) {
    try {
      return Files.readSymbolicLink(descriptor).toString();
    } catch (IOException closedMeanwhile) {
      return "";
    }
  }

  /**
   * A leak is told when the collector has run and another buffer is made. A canary that is dropped
   * on purpose proves that both have happened.
   */
  private static void collectGarbage() {
    Canaries canaries = new Canaries();
    assertThat(canaries.track(new Object())).as("leak detection is paranoid").isNotNull();
    await()
        .atMost(PATIENCE)
        .pollDelay(Duration.ZERO)
        .pollInterval(Duration.ofMillis(5))
        .until(
            () -> {
              System.gc();
              canaries.track(new Object());
              return canaries.dead;
            });
    for (int i = 0; i < 2; i++) {
      PooledByteBufAllocator.DEFAULT.buffer(1).release();
    }
  }

  private static final class Canaries extends ResourceLeakDetector<Object> {
    private boolean dead;

    Canaries() {
      super(Object.class, 1);
    }

    @Override
    protected boolean needReport() {
      return true;
    }

    @Override
    protected void reportTracedLeak(String type, String records) {
      dead = true;
    }

    @Override
    protected void reportUntracedLeak(String type) {
      dead = true;
    }
  }
}
