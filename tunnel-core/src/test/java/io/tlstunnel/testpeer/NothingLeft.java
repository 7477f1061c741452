package io.tlstunnel.testpeer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.buffer.PooledByteBufAllocator;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** What must be true once all tunnels are closed: no thread, no socket, no leaked buffer. */
final class NothingLeft {
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  /** The column of /proc/net/tcp. */
  private static final int INODE = 9;

  private final Set<String> socketsBefore = tcpSockets();

  /** Remembers what was there before the test. */
  NothingLeft() {
    RecordingLeakDetector.takeLeaks();
  }

  void verify() {
    await()
        .atMost(PATIENCE)
        .untilAsserted(() -> assertThat(tunnelThreads()).as("threads left").isEmpty());
    await()
        .atMost(PATIENCE)
        .untilAsserted(() -> assertThat(tcpSockets()).as("sockets left").isSubsetOf(socketsBefore));
    assertThat(leaks()).as("leaked buffers").isEmpty();
  }

  private static List<String> tunnelThreads() {
    return Thread.getAllStackTraces().keySet().stream()
        .map(Thread::getName)
        .filter(name -> name.startsWith("tlstunnel"))
        .toList();
  }

  /**
   * The buffers that were dropped without a release. A leak is told only after the collector has
   * run and the next buffer was allocated: a canary, leaked on purpose, proves that it has.
   */
  private static List<String> leaks() {
    RecordingLeakDetector<Object> canaries = new RecordingLeakDetector<>(Object.class, 1);
    List<String> leaks = new ArrayList<>();
    Object canary = new Object();
    assertThat(canaries.track(canary)).as("leak detection is paranoid").isNotNull();
    canary = null;
    await()
        .atMost(PATIENCE)
        .pollDelay(Duration.ZERO)
        .pollInterval(Duration.ofMillis(5))
        .until(
            () -> {
              System.gc();
              canaries.track(new Object());
              PooledByteBufAllocator.DEFAULT.buffer(1).release();
              leaks.addAll(RecordingLeakDetector.takeLeaks());
              return leaks.removeIf(leak -> leak.startsWith(Object.class.getSimpleName()));
            });
    PooledByteBufAllocator.DEFAULT.buffer(1).release();
    leaks.addAll(RecordingLeakDetector.takeLeaks());
    return leaks;
  }

  /**
   * The inodes of this process's TCP sockets, with their addresses; none where there is no /proc.
   */
  private static Set<String> tcpSockets() {
    Set<String> mine = new HashSet<>();
    Path descriptors = Path.of("/proc/self/fd");
    if (!Files.isDirectory(descriptors)) {
      return mine;
    }
    Set<String> inodes = new HashSet<>();
    try (Stream<Path> open = Files.list(descriptors)) {
      open.forEach(descriptor -> inodes.add(inode(descriptor)));
      for (String table : List.of("/proc/self/net/tcp", "/proc/self/net/tcp6")) {
        for (String line : Files.readAllLines(Path.of(table))) {
          List<String> columns = List.of(line.trim().split("\\s+", -1));
          if (inodes.contains(columns.get(INODE))) {
            mine.add(line);
          }
        }
      }
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
    return mine;
  }

  private static String inode(Path descriptor) {
    try {
      return Files.readSymbolicLink(descriptor).toString().replaceAll("\\D", "");
    } catch (IOException closedMeanwhile) {
      return "";
    }
  }
}
