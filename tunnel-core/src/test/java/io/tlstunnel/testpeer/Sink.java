package io.tlstunnel.testpeer;

import java.io.ByteArrayOutputStream;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.function.Function;
import org.awaitility.Awaitility;

/** Reads all that a peer gets, on a thread of its own, and counts it by the frames' types. */
public final class Sink {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private static final int MANY = 8_192;

  private final AtomicLongArray counts = new AtomicLongArray(256);
  private final AtomicLong payloadBytes = new AtomicLong();
  private final Thread thread;
  private volatile boolean ended;

  public Sink(Peer peer) {
    this(peer, frame -> null);
  }

  /**
   * @param answer what the peer says to a frame, or null; what comes in one go is answered in one
   */
  public Sink(Peer peer, Function<Frame, Frame> answer) {
    thread =
        new Thread(
            () -> {
              ByteArrayOutputStream answers = new ByteArrayOutputStream();
              try {
                while (true) {
                  Frame frame = peer.read();
                  payloadBytes.addAndGet(frame.length());
                  counts.incrementAndGet(frame.type());
                  Frame said = answer.apply(frame);
                  if (said != null) {
                    answers.writeBytes(said.encode());
                  }
                  if (answers.size() > 0 && (answers.size() > MANY || !peer.hasMore())) {
                    peer.sendBytes(answers.toByteArray());
                    answers.reset();
                  }
                }
              } catch (UncheckedIOException | AssertionError over) {
                ended = true;
              }
            },
            "sink");
    thread.setDaemon(true);
    thread.start();
  }

  /** How many frames of a type have come. */
  public long count(int type) {
    return counts.get(type);
  }

  /** How many bytes of payload have come. */
  public long payloadBytes() {
    return payloadBytes.get();
  }

  /** Waits until so many frames of a type have come. */
  public void await(int type, long count) {
    Awaitility.await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(5))
        .until(() -> counts.get(type) >= count || ended);
    if (counts.get(type) < count) {
      throw new AssertionError(
          "the connection ended after " + counts.get(type) + " frames of type " + type);
    }
  }

  /** Waits until the connection has ended. */
  public void awaitEnd() {
    Awaitility.await().atMost(PATIENCE).until(() -> ended);
  }
}
