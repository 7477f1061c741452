package io.tlstunnel.testpeer;

import io.netty.handler.codec.http2.Http2FrameTypes;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;

/** One HTTP/2 frame as it is on the wire (RFC 9113, 4.1). Equal if every byte is. */
public final class Frame {
  public static final int DATA = Http2FrameTypes.DATA;
  public static final int HEADERS = Http2FrameTypes.HEADERS;
  public static final int PRIORITY = Http2FrameTypes.PRIORITY;
  public static final int RST_STREAM = Http2FrameTypes.RST_STREAM;
  public static final int SETTINGS = Http2FrameTypes.SETTINGS;
  public static final int PUSH_PROMISE = Http2FrameTypes.PUSH_PROMISE;
  public static final int PING = Http2FrameTypes.PING;
  public static final int GOAWAY = Http2FrameTypes.GO_AWAY;
  public static final int WINDOW_UPDATE = Http2FrameTypes.WINDOW_UPDATE;
  public static final int CONTINUATION = Http2FrameTypes.CONTINUATION;

  public static final int ACK = 0x1;
  public static final int END_STREAM = 0x1;
  public static final int END_HEADERS = 0x4;
  public static final int PADDED = 0x8;
  public static final int WITH_PRIORITY = 0x20;

  private static final int SHOWN = 48;

  private final int type;
  private final int flags;
  private final int streamId;
  private final byte[] payload;

  private Frame(int type, int flags, int streamId, byte[] payload) {
    this.type = type;
    this.flags = flags;
    this.streamId = streamId;
    this.payload = payload;
  }

  public static Frame of(int type, int flags, int streamId, byte... payload) {
    return new Frame(type, flags, streamId, payload.clone());
  }

  public static Frame data(int streamId, int flags, String text) {
    return of(DATA, flags, streamId, text.getBytes(StandardCharsets.UTF_8));
  }

  /** DATA with so many bytes, each different from its neighbours. */
  public static Frame data(int streamId, int flags, int length) {
    byte[] payload = new byte[length];
    for (int i = 0; i < length; i++) {
      payload[i] = (byte) (i * 31 + streamId);
    }
    return new Frame(DATA, flags, streamId, payload);
  }

  /** SETTINGS from ids and values in turn. */
  public static Frame settings(int... idsAndValues) {
    ByteBuffer payload = ByteBuffer.allocate(idsAndValues.length * 3);
    for (int i = 0; i < idsAndValues.length; i += 2) {
      payload.putShort((short) idsAndValues[i]).putInt(idsAndValues[i + 1]);
    }
    return new Frame(SETTINGS, 0, 0, payload.array());
  }

  /** Whether SETTINGS say how many streams may be open. */
  boolean limitsStreams() {
    ByteBuffer entries = ByteBuffer.wrap(payload);
    while (entries.hasRemaining()) {
      if (entries.getShort() == 0x3) {
        return true;
      }
      entries.getInt();
    }
    return false;
  }

  public static Frame settingsAck() {
    return of(SETTINGS, ACK, 0);
  }

  public static Frame ping(int flags, long opaque) {
    return new Frame(PING, flags, 0, ByteBuffer.allocate(8).putLong(opaque).array());
  }

  public static Frame windowUpdate(int streamId, int increment) {
    return new Frame(WINDOW_UPDATE, 0, streamId, ints(increment));
  }

  public static Frame reset(int streamId, int error) {
    return new Frame(RST_STREAM, 0, streamId, ints(error));
  }

  public static Frame goAway(int lastStreamId, int error, String debug) {
    byte[] text = debug.getBytes(StandardCharsets.UTF_8);
    return new Frame(
        GOAWAY,
        0,
        0,
        ByteBuffer.allocate(8 + text.length).putInt(lastStreamId).putInt(error).put(text).array());
  }

  public static Frame priority(int streamId, int dependency, int weight) {
    return new Frame(
        PRIORITY,
        0,
        streamId,
        ByteBuffer.allocate(5).putInt(dependency).put((byte) weight).array());
  }

  private static byte[] ints(int value) {
    return ByteBuffer.allocate(4).putInt(value).array();
  }

  public int type() {
    return type;
  }

  public int flags() {
    return flags;
  }

  public boolean has(int flag) {
    return (flags & flag) != 0;
  }

  public int streamId() {
    return streamId;
  }

  public int length() {
    return payload.length;
  }

  public byte[] payload() {
    return payload.clone();
  }

  /** The payload from {@code index} on as text. */
  public String text(int index) {
    return new String(payload, index, payload.length - index, StandardCharsets.UTF_8);
  }

  /** Four bytes of the payload. */
  public int number(int index) {
    return ByteBuffer.wrap(payload).getInt(index);
  }

  public byte[] encode() {
    return ByteBuffer.allocate(9 + payload.length)
        .put((byte) (payload.length >>> 16))
        .putShort((short) payload.length)
        .put((byte) type)
        .put((byte) flags)
        .putInt(streamId)
        .put(payload)
        .array();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Frame that
        && type == that.type
        && flags == that.flags
        && streamId == that.streamId
        && Arrays.equals(payload, that.payload);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(payload) * 31 + streamId;
  }

  @Override
  public String toString() {
    byte[] shown = Arrays.copyOf(payload, Math.min(payload.length, SHOWN));
    return String.format(
        "Frame[type %d, flags 0x%x, stream %d, %d bytes: %s]",
        type, flags, streamId, payload.length, HexFormat.of().formatHex(shown));
  }
}
