package io.tlstunnel.internal.relay;

import java.security.SecureRandom;
import java.util.Arrays;

/**
 * The open streams of a connection pair and what must be known of each if the remote is lost: five
 * bits a stream, in an open-addressed table without boxing. Lives on the pair's event loop.
 */
final class StreamTable {
  /** The client has sent END_STREAM. */
  static final int CLIENT_ENDED = 1;

  /** The remote has sent END_STREAM: the response is complete. */
  static final int REMOTE_ENDED = 2;

  /** The remote's response headers have been forwarded. */
  static final int RESPONSE_BEGUN = 4;

  /** The request is gRPC: its failure is told in trailers. */
  static final int GRPC = 8;

  /** The tunnel itself has answered; the remote has never seen the stream. */
  static final int ANSWERED = 16;

  /** Set in each used slot, so that a slot's byte is 0 only if it is free. */
  private static final int OPEN = 64;

  private static final int BOTH_ENDED = CLIENT_ENDED | REMOTE_ENDED;
  private static final int INITIAL_SLOTS = 32;
  private static final int SECRET = new SecureRandom().nextInt();

  private int[] ids = new int[INITIAL_SLOTS];
  private byte[] flags = new byte[INITIAL_SLOTS];
  private int size;
  private int answered;

  /** A stream and its bits. */
  @FunctionalInterface
  interface Visitor {
    void stream(int id, int flags);
  }

  int size() {
    return size;
  }

  /** How many streams are there only because the client has not ended what the tunnel answered. */
  int answered() {
    return answered;
  }

  boolean contains(int id) {
    return flags[slot(id)] != 0;
  }

  /** The bits of a stream; 0 if it is not open. */
  int flags(int id) {
    return flags[slot(id)] & ~OPEN;
  }

  boolean has(int id, int bit) {
    return (flags[slot(id)] & bit) != 0;
  }

  /** Opens a stream, or adds bits to an open one. */
  void open(int id, int bits) {
    int slot = slot(id);
    if (flags[slot] == 0) {
      if (size * 2 >= ids.length) {
        grow();
        slot = slot(id);
      }
      ids[slot] = id;
      size++;
    }
    set(slot, bits);
  }

  /** Adds bits to a stream if it is open, and forgets the stream once both sides have ended it. */
  void mark(int id, int bits) {
    int slot = slot(id);
    if (flags[slot] == 0) {
      return;
    }
    set(slot, bits);
    if ((flags[slot] & BOTH_ENDED) == BOTH_ENDED) {
      free(slot);
    }
  }

  void remove(int id) {
    int slot = slot(id);
    if (flags[slot] != 0) {
      free(slot);
    }
  }

  /**
   * Forgets all but the streams that the tunnel has answered, and of those all but that the remote
   * will never see them: what waited is walked again, and opens the others anew.
   */
  void keepAnswered() {
    int[] oldIds = ids;
    byte[] oldFlags = flags;
    ids = new int[oldIds.length];
    flags = new byte[ids.length];
    size = 0;
    answered = 0;
    for (int slot = 0; slot < oldIds.length; slot++) {
      if ((oldFlags[slot] & ANSWERED) != 0) {
        open(oldIds[slot], ANSWERED | REMOTE_ENDED);
      }
    }
  }

  /** Forgets all streams. */
  void clear() {
    ids = new int[INITIAL_SLOTS];
    flags = new byte[INITIAL_SLOTS];
    size = 0;
    answered = 0;
  }

  /**
   * Visits the open streams in ascending order of their ids. The table must not change meanwhile.
   */
  void forEach(Visitor visitor) {
    int[] open = new int[size];
    int n = 0;
    for (int slot = 0; slot < ids.length; slot++) {
      if (flags[slot] != 0) {
        open[n++] = ids[slot];
      }
    }
    Arrays.sort(open);
    for (int id : open) {
      visitor.stream(id, flags(id));
    }
  }

  private void set(int slot, int bits) {
    int before = flags[slot];
    if ((bits & ANSWERED) != 0 && (before & ANSWERED) == 0) {
      answered++;
    }
    flags[slot] = (byte) (before | bits | OPEN);
  }

  /**
   * Frees a slot and moves up what probing had pushed behind it, so that no tombstones are needed.
   */
  private void free(int slot) {
    if ((flags[slot] & ANSWERED) != 0) {
      answered--;
    }
    size--;
    int mask = ids.length - 1;
    int gap = slot;
    int next = slot;
    while (true) {
      next = (next + 1) & mask;
      if (flags[next] == 0) {
        break;
      }
      int home = home(ids[next]);
      if (((next - home) & mask) >= ((next - gap) & mask)) {
        ids[gap] = ids[next];
        flags[gap] = flags[next];
        gap = next;
      }
    }
    flags[gap] = 0;
  }

  private int slot(int id) {
    int mask = ids.length - 1;
    int slot = home(id);
    while (flags[slot] != 0 && ids[slot] != id) {
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  /**
   * Ids are the client's choice. A client must not be able to choose some that all begin at one
   * slot, where each look would walk past all others: so they are mixed (MurmurHash3's finalizer)
   * with a number that it does not know.
   */
  private int home(int id) {
    int mixed = id ^ SECRET;
    mixed = (mixed ^ (mixed >>> 16)) * 0x85ebca6b;
    mixed = (mixed ^ (mixed >>> 13)) * 0xc2b2ae35;
    return (mixed ^ (mixed >>> 16)) & (ids.length - 1);
  }

  private void grow() {
    int[] oldIds = ids;
    byte[] oldFlags = flags;
    ids = new int[oldIds.length * 2];
    flags = new byte[ids.length];
    for (int i = 0; i < oldIds.length; i++) {
      if (oldFlags[i] != 0) {
        int slot = slot(oldIds[i]);
        ids[slot] = oldIds[i];
        flags[slot] = oldFlags[i];
      }
    }
  }
}
