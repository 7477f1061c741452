package io.tlstunnel.internal.relay;

import io.netty.handler.codec.http2.Http2CodecUtil;
import io.tlstunnel.event.Limit;
import java.util.ArrayDeque;

/**
 * How large a table the client lets those use who encode what it reads: the remote and, between the
 * remote's blocks, the tunnel. A decrease counts from its ACK on, and then the first block says so,
 * whoever writes it (RFC 7541, 4.2; RFC 9113, 4.3.1). Said earlier, it would evict entries that a
 * response under way refers to; said later, a strict decoder refuses the block.
 */
final class ResponseTableSize {
  /** Nothing is to be said. */
  static final int NOTHING_DUE = -1;

  /** Changes that nobody has acknowledged; a flood of them must not be kept. */
  private static final int MAX_CHANGES = SettingsInFlight.MAX_UNACKNOWLEDGED;

  private final ArrayDeque<Change> changes = new ArrayDeque<>(0);
  private long frames;
  private long acknowledged;
  private int announced = Http2CodecUtil.DEFAULT_HEADER_TABLE_SIZE;
  private int current = Http2CodecUtil.DEFAULT_HEADER_TABLE_SIZE;
  private int due = NOTHING_DUE;

  /**
   * What a SETTINGS frame says.
   *
   * @param frame which of the client's, counted from 1
   * @param smallest of its values, which are taken one after the other
   */
  private record Change(long frame, int smallest, int last) {}

  /** A SETTINGS frame without the setting has come. */
  void unchanged() {
    frames++;
  }

  /** A SETTINGS frame with the setting, perhaps with several values of it, has come. */
  void announced(int smallest, int last) throws LimitException {
    frames++;
    if (smallest == announced && last == announced) {
      return;
    }
    announced = last;
    changes.add(new Change(frames, smallest, last));
    if (changes.size() > MAX_CHANGES) {
      throw new LimitException(
          Limit.SETTINGS_FRAMES,
          "more than " + MAX_CHANGES + " changes of SETTINGS_HEADER_TABLE_SIZE without an ACK");
    }
  }

  /** The oldest SETTINGS frame without an ACK has got its ACK, from the remote or the tunnel. */
  void acknowledged() {
    acknowledged++;
    Change oldest = changes.peek();
    if (oldest == null || oldest.frame != acknowledged) {
      return;
    }
    changes.remove();
    decrease(oldest.smallest);
    current = oldest.last;
  }

  private void decrease(int size) {
    if (size < current) {
      due = due == NOTHING_DUE ? size : Math.min(due, size);
    }
  }

  /** A header block of the remote's passes: whatever is due, it says itself. */
  void remoteBlock() {
    due = NOTHING_DUE;
  }

  /** What the block that the tunnel writes now must begin with; it then is said. */
  int takeDue() {
    int size = due;
    due = NOTHING_DUE;
    return size;
  }
}
