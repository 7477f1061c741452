package io.tlstunnel.internal.relay;

import static io.tlstunnel.internal.wire.FrameWriter.SETTING_LENGTH;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http2.Http2CodecUtil;
import java.util.ArrayDeque;

/**
 * The remote's SETTINGS on their way to the client, made to fit what the tunnel has and what its
 * {@link Greeting} has said, and what they allow the client: the frames it may send, and the table
 * that its HPACK encoder may use. An increase of the table counts from the moment the frame is
 * forwarded; a decrease only when the client's ACK passes back, since until then the client may
 * rightly use the larger table (RFC 7541, 4.2).
 */
final class SettingsInFlight {
  /** A peer that sends more SETTINGS than this before one is acknowledged is up to no good. */
  static final int MAX_UNACKNOWLEDGED = 100;

  private static final int NOT_SET = -1;

  private final int maxTableSize;
  private final Greeting greeting;
  private final ArrayDeque<Integer> awaitingAck = new ArrayDeque<>(2);
  private int maxFrameSize = Http2CodecUtil.DEFAULT_MAX_FRAME_SIZE;
  private int allowed = Http2CodecUtil.DEFAULT_HEADER_TABLE_SIZE;

  /**
   * @param maxTableSize the largest table that the tunnel keeps, in bytes; what a remote offers
   *     beyond it is lowered in the frame, so that the client does not use what the tunnel does not
   *     have
   * @param greeting what the client was told before the remote's first SETTINGS
   */
  SettingsInFlight(int maxTableSize, Greeting greeting) {
    this.maxTableSize = maxTableSize;
    this.greeting = greeting;
  }

  /** The largest table size that the client may announce now. */
  int allowed() {
    return allowed;
  }

  /** The longest frame that the remote has ever said it takes. */
  int maxFrameSize() {
    return maxFrameSize;
  }

  /** How many of the remote's SETTINGS the client has not acknowledged. */
  int unacknowledged() {
    return awaitingAck.size();
  }

  /**
   * Reads, and where needed changes, the payload of a SETTINGS frame that is about to be forwarded.
   */
  void forwarded(ByteBuf bytes, int payload, int length) {
    int size = NOT_SET;
    for (int at = payload; at + SETTING_LENGTH <= payload + length; at += SETTING_LENGTH) {
      int id = bytes.getUnsignedShort(at);
      long offered = bytes.getUnsignedInt(at + 2);
      if (id == Http2CodecUtil.SETTINGS_MAX_FRAME_SIZE) {
        maxFrameSize = (int) Math.max(maxFrameSize, Math.min(offered, Integer.MAX_VALUE));
      } else if (id == Http2CodecUtil.SETTINGS_HEADER_TABLE_SIZE) {
        size = (int) Math.min(offered, maxTableSize);
        if (size != offered) {
          bytes.setInt(at + 2, size);
        }
        allowed = Math.max(allowed, size);
      } else if (greeting.reconciled(id, offered) != offered) {
        bytes.setInt(at + 2, (int) greeting.reconciled(id, offered));
      }
    }
    awaitingAck.add(size);
  }

  /** The client has acknowledged the oldest of them. */
  void acknowledged() {
    Integer size = awaitingAck.poll();
    if (size == null || size == NOT_SET) {
      return;
    }
    allowed = size;
    for (int later : awaitingAck) {
      allowed = Math.max(allowed, later);
    }
  }
}
