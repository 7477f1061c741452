package io.tlstunnel.internal.wire;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http2.Http2Exception;

/** What a {@link FrameSplitter} finds; called in wire order. */
public interface FrameHandler {
  /** How a frame is received that has not arrived whole. */
  enum Reception {
    /** Copied together, since its payload is read: small frames, header blocks. */
    GATHER,
    /** Its pieces are held back until the last one is there, then forwarded: nothing is copied. */
    HOLD,
    /** Its pieces are forwarded as they come: a frame too long to be held. */
    STREAM
  }

  /**
   * Chooses how to receive a frame of which only a part is there. Called once the 9-byte header is
   * known and only for frames that arrive in parts.
   *
   * @throws Http2Exception if the frame is not received at all
   */
  Reception reception(byte type, int length) throws Http2Exception;

  /**
   * Whether frames of this type are replaced rather than forwarded: the bytes before such a frame
   * are forwarded before it is shown to {@link #frame}, so that the order on the wire is kept.
   */
  boolean replaces(byte type);

  /**
   * A frame is there. Its payload is at {@code payloadIndex} of {@code bytes} unless it is received
   * by {@link Reception#HOLD} or {@link Reception#STREAM}, in which case it must not be read.
   *
   * @return whether the frame is forwarded as it is
   * @throws Http2Exception if the peer broke the protocol where the tunnel must judge it
   */
  boolean frame(byte type, int flags, int streamId, int length, ByteBuf bytes, int payloadIndex)
      throws Http2Exception;

  /**
   * Passes on bytes of whole frames by copying them, where that is cheaper than to {@link #forward}
   * a slice: a few, behind something that is being written anyway.
   *
   * @return whether they are passed on
   */
  default boolean copies(ByteBuf bytes, int index, int length) {
    return false;
  }

  /** Passes on bytes of whole frames, or pieces of one that streams. Takes ownership. */
  void forward(ByteBuf bytes);
}
