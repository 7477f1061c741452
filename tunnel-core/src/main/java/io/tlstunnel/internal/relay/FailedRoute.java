package io.tlstunnel.internal.relay;

import io.netty.buffer.ByteBuf;
import io.tlstunnel.internal.wire.FrameWriter;
import java.util.Objects;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Why a client has no remote, and whether the client has heard of that. A request that the client
 * has sent before is told the same; one that it sends afterwards has the route tried again.
 *
 * <p>The client has heard once it has acknowledged a PING in front of the answers: whatever it
 * sends because of an answer comes behind the ACK. One that acknowledges nothing, or has been
 * answered nothing, is taken to have heard after a moment.
 */
final class FailedRoute {
  static final long MOMENT_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  private final long firstPing = ThreadLocalRandom.current().nextLong();
  private int pings;
  private boolean announced;
  private boolean heard;
  private long since;
  private @Nullable LocalReply reply;

  /** The route has failed. */
  void failed(LocalReply why) {
    reply = why;
    since = System.nanoTime();
    announced = false;
    heard = false;
  }

  /** What requests are told. */
  LocalReply reply() {
    return Objects.requireNonNull(reply);
  }

  /** The answers are about to be written behind this. */
  void announce(ByteBuf out) {
    if (!announced) {
      announced = true;
      pings++;
      FrameWriter.ping(out, false, firstPing + pings);
    }
  }

  /**
   * The client has acknowledged a PING.
   *
   * @return whether that was one of these, which no remote has sent
   */
  boolean acknowledged(long payload) {
    long ping = payload - firstPing;
    if (ping < 1 || ping > pings) {
      return false;
    }
    heard |= ping == pings && announced;
    return true;
  }

  /** Whether a request that comes now was sent before its client could hear of the failure. */
  boolean fresh() {
    return !heard && System.nanoTime() - since < MOMENT_NANOS;
  }
}
