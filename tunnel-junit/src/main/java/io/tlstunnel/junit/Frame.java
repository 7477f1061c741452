package io.tlstunnel.junit;

import io.tlstunnel.junit.fault.Http2Code;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * An HTTP/2 frame as it stands on the wire (RFC 9113, 4.1). Nothing is checked: a script may send
 * frames that no server would.
 *
 * @param type the type, 0 to 255
 * @param flags the flags
 * @param stream the stream id, 0 for the connection
 * @param payload the payload; its length becomes the frame's length
 */
@SuppressWarnings("ArrayRecordComponent") // Compared and printed by content below.
public record Frame(int type, int flags, int stream, byte[] payload) {
  public static final int DATA = 0;
  public static final int HEADERS = 1;
  public static final int PRIORITY = 2;
  public static final int RST_STREAM = 3;
  public static final int SETTINGS = 4;
  public static final int PUSH_PROMISE = 5;
  public static final int PING = 6;
  public static final int GOAWAY = 7;
  public static final int WINDOW_UPDATE = 8;
  public static final int CONTINUATION = 9;

  public static final int END_STREAM = 0x1;
  public static final int ACK = 0x1;
  public static final int END_HEADERS = 0x4;
  public static final int PADDED = 0x8;
  public static final int PRIORITIZED = 0x20;

  public static final int SETTINGS_HEADER_TABLE_SIZE = 1;
  public static final int SETTINGS_MAX_CONCURRENT_STREAMS = 3;
  public static final int SETTINGS_INITIAL_WINDOW_SIZE = 4;
  public static final int SETTINGS_MAX_FRAME_SIZE = 5;
  public static final int SETTINGS_MAX_HEADER_LIST_SIZE = 6;

  private static final byte[] EMPTY = {};

  /** A DATA frame. */
  public static Frame data(int stream, byte[] bytes, boolean endStream) {
    return new Frame(DATA, endStream ? END_STREAM : 0, stream, bytes);
  }

  /** A DATA frame with one gRPC message: uncompressed, its length before it. */
  public static Frame message(int stream, byte[] message) {
    ByteBuffer data = ByteBuffer.allocate(5 + message.length);
    data.put((byte) 0).putInt(message.length).put(message);
    return data(stream, data.array(), false);
  }

  /**
   * A HEADERS frame with a whole header block.
   *
   * @param fields names and values in turns, such as {@code ":status", "200"}
   */
  public static Frame headers(int stream, boolean endStream, String... fields) {
    return headers(stream, endStream, LiteralHeaders.encode(fields));
  }

  /** A HEADERS frame with a header block of your own making. */
  public static Frame headers(int stream, boolean endStream, byte[] block) {
    return new Frame(HEADERS, END_HEADERS | (endStream ? END_STREAM : 0), stream, block);
  }

  /** The headers with which a gRPC response begins. */
  public static Frame responseHeaders(int stream) {
    return headers(stream, false, ":status", "200", "content-type", "application/grpc");
  }

  /** The trailers with which a gRPC response ends. */
  public static Frame trailers(int stream, int grpcStatus, String message) {
    return headers(
        stream, true, "grpc-status", Integer.toString(grpcStatus), "grpc-message", message);
  }

  /** A whole gRPC response that consists of a status only. */
  public static Frame trailersOnly(int stream, int grpcStatus, String message) {
    return headers(
        stream,
        true,
        ":status",
        "200",
        "content-type",
        "application/grpc",
        "grpc-status",
        Integer.toString(grpcStatus),
        "grpc-message",
        message);
  }

  /** A CONTINUATION frame. */
  public static Frame continuation(int stream, boolean endHeaders, byte[] fragment) {
    return new Frame(CONTINUATION, endHeaders ? END_HEADERS : 0, stream, fragment);
  }

  /** A RST_STREAM frame. */
  public static Frame reset(int stream, Http2Code code) {
    return new Frame(RST_STREAM, 0, stream, ints(code.code()));
  }

  /**
   * A SETTINGS frame.
   *
   * @param settings ids and values in turns
   */
  public static Frame settings(int... settings) {
    ByteBuffer payload = ByteBuffer.allocate(settings.length * 3);
    for (int i = 0; i + 1 < settings.length; i += 2) {
      payload.putShort((short) settings[i]).putInt(settings[i + 1]);
    }
    return new Frame(SETTINGS, 0, 0, payload.array());
  }

  /** The acknowledgement of SETTINGS. */
  public static Frame settingsAck() {
    return new Frame(SETTINGS, ACK, 0, EMPTY);
  }

  /** A PING frame. */
  public static Frame ping(long opaque) {
    return new Frame(PING, 0, 0, ByteBuffer.allocate(8).putLong(opaque).array());
  }

  /** The acknowledgement of a PING. */
  public static Frame pingAck(byte[] opaque) {
    return new Frame(PING, ACK, 0, opaque);
  }

  /** A GOAWAY frame. */
  public static Frame goAway(int lastStream, Http2Code code, String debugData) {
    byte[] debug = debugData.getBytes(StandardCharsets.UTF_8);
    return new Frame(
        GOAWAY,
        0,
        0,
        ByteBuffer.allocate(8 + debug.length)
            .putInt(lastStream)
            .putInt(code.code())
            .put(debug)
            .array());
  }

  /** A WINDOW_UPDATE frame; stream 0 is the connection. */
  public static Frame windowUpdate(int stream, int increment) {
    return new Frame(WINDOW_UPDATE, 0, stream, ints(increment));
  }

  /** Whether a flag is set. */
  public boolean has(int flag) {
    return (flags & flag) != 0;
  }

  /**
   * The error code of a RST_STREAM or GOAWAY frame; INTERNAL_ERROR for one that is not known (RFC
   * 9113, 7).
   *
   * @throws IllegalStateException if the frame has none
   */
  public Http2Code errorCode() {
    int index = type == GOAWAY ? Integer.BYTES : 0;
    if ((type != RST_STREAM && type != GOAWAY) || payload.length < index + Integer.BYTES) {
      throw new IllegalStateException(this + " has no error code");
    }
    int code = ByteBuffer.wrap(payload).getInt(index);
    return Arrays.stream(Http2Code.values())
        .filter(known -> known.code() == code)
        .findAny()
        .orElse(Http2Code.INTERNAL_ERROR);
  }

  /** The frame's bytes. */
  public byte[] encode() {
    return ByteBuffer.allocate(FrameSplitter.FRAME_HEADER + payload.length)
        .put((byte) (payload.length >> 16))
        .putShort((short) payload.length)
        .put((byte) type)
        .put((byte) flags)
        .putInt(stream)
        .put(payload)
        .array();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Frame frame
        && type == frame.type
        && flags == frame.flags
        && stream == frame.stream
        && Arrays.equals(payload, frame.payload);
  }

  @Override
  public int hashCode() {
    return 31 * (31 * (31 * type + flags) + stream) + Arrays.hashCode(payload);
  }

  @Override
  public String toString() {
    return "Frame[type %d, flags 0x%02x, stream %d, %d bytes]"
        .formatted(type, flags, stream, payload.length);
  }

  private static byte[] ints(int value) {
    return ByteBuffer.allocate(4).putInt(value).array();
  }
}
