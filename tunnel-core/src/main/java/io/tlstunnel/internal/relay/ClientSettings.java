package io.tlstunnel.internal.relay;

import static io.tlstunnel.internal.wire.FrameWriter.SETTING_LENGTH;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http2.Http2CodecUtil;
import io.netty.handler.codec.http2.Http2FrameTypes;
import io.tlstunnel.internal.wire.FrameSplitter;
import io.tlstunnel.internal.wire.FrameWriter;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What the client's SETTINGS say to whoever answers it, which may become the tunnel. What they say
 * of the length of frames is lowered on its way.
 */
final class ClientSettings {
  private static final int NOT_SET = -1;

  /** So many different settings are remembered; eight are defined. */
  private static final int MAX_SETTINGS = 32;

  private final ResponseTableSize tableSize = new ResponseTableSize();
  private int frames;
  private long headerTableSize = Http2CodecUtil.DEFAULT_HEADER_TABLE_SIZE;
  private int largestTableSize = Http2CodecUtil.DEFAULT_HEADER_TABLE_SIZE;
  private long smallestTableSize = Http2CodecUtil.DEFAULT_HEADER_TABLE_SIZE;
  private long initialWindowSize = Http2CodecUtil.DEFAULT_WINDOW_SIZE;

  /** Ids, in the order in which they first came, and their last values; null once not needed. */
  private @Nullable Map<Integer, Long> inForce = new LinkedHashMap<>(8);

  /**
   * Reads the payload of a SETTINGS frame of the client's that is about to be forwarded, and lowers
   * the length of frames in it to what the tunnel holds until they are whole: of a remote that is
   * lost within a longer one the tunnel could tell the client nothing.
   */
  void read(ByteBuf bytes, int payload, int length) throws LimitException {
    frames++;
    int smallest = Integer.MAX_VALUE;
    int last = NOT_SET;
    for (int at = payload; at + SETTING_LENGTH <= payload + length; at += SETTING_LENGTH) {
      int id = bytes.getUnsignedShort(at);
      long value = bytes.getUnsignedInt(at + 2);
      if (id == Http2CodecUtil.SETTINGS_HEADER_TABLE_SIZE) {
        headerTableSize = value;
        smallestTableSize = Math.min(smallestTableSize, value);
        last = (int) Math.min(value, Integer.MAX_VALUE);
        smallest = Math.min(smallest, last);
        largestTableSize = Math.max(largestTableSize, last);
      } else if (id == Http2CodecUtil.SETTINGS_INITIAL_WINDOW_SIZE) {
        initialWindowSize = value;
      } else if (id == Http2CodecUtil.SETTINGS_MAX_FRAME_SIZE && isTooLong(value)) {
        value = FrameSplitter.DEFAULT_MAX_FRAME_SIZE;
        bytes.setInt(at + Short.BYTES, FrameSplitter.DEFAULT_MAX_FRAME_SIZE);
      }
      if (inForce != null && inForce.size() <= MAX_SETTINGS) {
        inForce.put(id, value);
      }
    }
    if (last == NOT_SET) {
      tableSize.unchanged();
    } else {
      tableSize.announced(smallest, last);
    }
  }

  /** A value that no endpoint may send stays: the remote shall find it (RFC 9113, 6.5.2). */
  private static boolean isTooLong(long maxFrameSize) {
    return maxFrameSize > FrameSplitter.DEFAULT_MAX_FRAME_SIZE
        && maxFrameSize <= Http2CodecUtil.MAX_FRAME_SIZE_UPPER_BOUND;
  }

  /**
   * Whether these SETTINGS take from the server what it had: once they are acknowledged it may not
   * use that any more. What is not known may.
   */
  boolean takeBack(ByteBuf bytes, int payload, int length) {
    for (int at = payload; at + SETTING_LENGTH <= payload + length; at += SETTING_LENGTH) {
      long value = bytes.getUnsignedInt(at + 2);
      boolean less =
          switch (bytes.getUnsignedShort(at)) {
            case Http2CodecUtil.SETTINGS_HEADER_TABLE_SIZE -> value < headerTableSize;
            case Http2CodecUtil.SETTINGS_INITIAL_WINDOW_SIZE -> value < initialWindowSize;
            case Http2CodecUtil.SETTINGS_MAX_FRAME_SIZE ->
                value < FrameSplitter.DEFAULT_MAX_FRAME_SIZE;
            case Http2CodecUtil.SETTINGS_MAX_CONCURRENT_STREAMS,
                Http2CodecUtil.SETTINGS_MAX_HEADER_LIST_SIZE ->
                false; // of pushes, and advice
            default -> true;
          };
      if (less) {
        return true;
      }
    }
    return false;
  }

  /** Whether one frame can say to another remote all that these SETTINGS say. */
  boolean repeatable() {
    return inForce != null && inForce.size() <= MAX_SETTINGS;
  }

  /**
   * Writes one SETTINGS frame with all that is in force, for a remote that has seen none. A table
   * that was smaller in the meantime is mentioned too: the remote's first block must say so (RFC
   * 7541, 4.2).
   */
  void repeat(ByteBuf out) {
    Map<Integer, Long> settings = Objects.requireNonNull(inForce);
    boolean wasSmaller = smallestTableSize < headerTableSize;
    int length = (settings.size() + (wasSmaller ? 1 : 0)) * SETTING_LENGTH;
    FrameWriter.header(out, length, Http2FrameTypes.SETTINGS, 0, 0);
    if (wasSmaller) {
      write(out, Http2CodecUtil.SETTINGS_HEADER_TABLE_SIZE, smallestTableSize);
    }
    settings.forEach((id, value) -> write(out, id, value));
  }

  private static void write(ByteBuf out, int id, long value) {
    out.writeShort(id).writeInt((int) value);
  }

  /** No other remote will have to be told. */
  void forget() {
    inForce = null;
  }

  /** How many SETTINGS frames have come: each is to be acknowledged by whoever is the server. */
  int frames() {
    return frames;
  }

  /** How large a table encoders of responses use, and what a header block must say of it. */
  ResponseTableSize tableSize() {
    return tableSize;
  }

  /** The largest table that the client has ever let a remote use. */
  int largestTableSize() {
    return largestTableSize;
  }

  /** How many bytes of DATA a fresh stream may carry. */
  long initialWindowSize() {
    return initialWindowSize;
  }
}
