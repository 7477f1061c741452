package io.tlstunnel.testpeer;

import static org.awaitility.Awaitility.await;

import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntFunction;

/** Sends frames from a thread of its own, as fast as the other side lets it. */
public final class Pump {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final int STALLED_MILLIS = 500;

  private final AtomicLong sentBytes = new AtomicLong();
  private final Thread thread;

  /**
   * Starts to send frames 0 to {@code count - 1}; ends early if the connection does.
   *
   * @param frame makes the frame of a number
   */
  public Pump(Peer peer, int count, IntFunction<Frame> frame) {
    this(count, peer, number -> frame.apply(number).encode());
  }

  /**
   * As above with several frames at a time, for floods: one write for each is too slow.
   *
   * @param bytes makes the bytes of a number
   */
  public static Pump ofBytes(Peer peer, int count, IntFunction<byte[]> bytes) {
    return new Pump(count, peer, bytes);
  }

  private Pump(int count, Peer peer, IntFunction<byte[]> next) {
    thread =
        new Thread(
            () -> {
              try {
                for (int i = 0; i < count; i++) {
                  byte[] bytes = next.apply(i);
                  peer.sendBytes(bytes);
                  sentBytes.addAndGet(bytes.length);
                }
              } catch (UncheckedIOException ended) {
                // The test has ended the connection, or asserts on what has arrived.
              }
            },
            "pump");
    thread.setDaemon(true);
    thread.start();
  }

  /** Waits until nothing has been accepted for a while. */
  public long awaitStalled() {
    AtomicLong seen = new AtomicLong(-1);
    await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(STALLED_MILLIS))
        .until(() -> seen.getAndSet(sentBytes.get()) == sentBytes.get());
    return sentBytes.get();
  }

  public long sentBytes() {
    return sentBytes.get();
  }

  public boolean running() {
    return thread.isAlive();
  }

  /** Waits until all has been sent. */
  public void awaitDone() {
    await().atMost(PATIENCE).until(() -> !thread.isAlive());
  }
}
