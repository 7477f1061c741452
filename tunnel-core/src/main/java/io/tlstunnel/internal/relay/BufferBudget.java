package io.tlstunnel.internal.relay;

import io.netty.buffer.ByteBuf;
import io.tlstunnel.event.Limit;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * How much all connections of a tunnel may hold together of what peers have sent and nobody can
 * pass on yet: unfinished header blocks, and requests that wait for the route. Each has a limit of
 * its own, but a thousand of them would take all direct memory of the JVM, and with it everybody's.
 *
 * <p>When they would hold more, the connection that holds the most is ended: whoever takes a lot
 * makes room for those who take little. Ordinary requests never come here.
 */
public final class BufferBudget {
  /** What a connection may hold in any case, and what is not counted. */
  static final int UNCOUNTED = 16_384;

  private final long limit;
  private final Set<Share> holders = new HashSet<>();
  private long held;

  BufferBudget(long limit) {
    this.limit = limit;
  }

  /** What all connections hold now, without {@link #UNCOUNTED} of each. */
  public synchronized long held() {
    return held;
  }

  /**
   * The share of a connection, to be used on its event loop only.
   *
   * @param end ends the connection; may be called on any thread
   */
  Share share(Consumer<LimitException> end) {
    return new Share(end);
  }

  private void count(Share share, long bytes) {
    List<Share> largest = new ArrayList<>(0);
    synchronized (this) {
      set(share, share.refused == null ? bytes : 0);
      while (held > limit) {
        Share most = Collections.max(holders, Comparator.comparingLong(holder -> holder.counted));
        most.refused = tooMuch(most.counted);
        set(most, 0);
        largest.add(most);
      }
    }
    largest.stream().filter(most -> most != share).forEach(Share::end);
  }

  private synchronized void set(Share share, long bytes) {
    held += bytes - share.counted;
    share.counted = bytes;
    if (bytes > 0) {
      holders.add(share);
    } else {
      holders.remove(share);
    }
  }

  private LimitException tooMuch(long bytes) {
    return new LimitException(
        Limit.BUFFERED_BYTES,
        "the tunnel's connections hold more than "
            + limit
            + " bytes of unfinished headers and waiting requests, and this one holds the most: "
            + bytes
            + " (maxBufferedBytes)");
  }

  /** What one connection holds. Nothing but its own sum is touched while that is small. */
  final class Share {
    private final Consumer<LimitException> end;
    private long mine;
    private boolean closed;

    /** Both are changed by other connections too, under the budget's lock. */
    private volatile long counted;

    private volatile @Nullable LimitException refused;

    private Share(Consumer<LimitException> end) {
      this.end = end;
    }

    /**
     * More is about to be held.
     *
     * @throws LimitException if it is this connection that has to end
     */
    void grow(int bytes) throws LimitException {
      mine += bytes;
      if (mine > UNCOUNTED && !closed) {
        if (refused == null) {
          count(this, mine - UNCOUNTED);
        }
        LimitException why = refused;
        if (why != null) {
          throw why;
        }
      }
    }

    /** So much is no longer held. */
    void shrink(int bytes) {
      mine -= bytes;
      if (counted > 0) {
        recount(Math.max(0, mine - UNCOUNTED));
      }
    }

    /** Makes room in a buffer that is held, and counts the room rather than the bytes. */
    void reserve(ByteBuf buffer, int bytes) throws LimitException {
      int needed = buffer.writerIndex() + bytes;
      if (needed > buffer.capacity()) {
        int capacity = buffer.alloc().calculateNewCapacity(needed, buffer.maxCapacity());
        grow(capacity - buffer.capacity());
        buffer.capacity(capacity);
      }
    }

    /** The connection is over, and holds nothing from now on. */
    void close() {
      closed = true;
      recount(0);
    }

    private void recount(long bytes) {
      synchronized (BufferBudget.this) {
        set(this, refused == null ? bytes : 0);
      }
    }

    private void end() {
      LimitException why = refused;
      if (why != null) {
        end.accept(why);
      }
    }
  }
}
