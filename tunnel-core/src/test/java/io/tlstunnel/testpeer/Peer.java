package io.tlstunnel.testpeer;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/**
 * One end of an HTTP/2 connection that does nothing by itself: the test says each frame that it
 * sends and takes each frame that it gets. Every read is bounded.
 */
public class Peer implements AutoCloseable {
  static final String PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
  static final int TIMEOUT_MILLIS = 10_000;

  private final Socket tcp;
  private final Socket socket;
  private final DataInputStream in;
  private final HeaderCodec codec = new HeaderCodec();

  /**
   * @param tcp the connection
   * @param socket what is spoken over it: the same, or TLS
   */
  Peer(Socket tcp, Socket socket) throws IOException {
    this.tcp = tcp;
    this.socket = socket;
    socket.setSoTimeout(TIMEOUT_MILLIS);
    tcp.setTcpNoDelay(true);
    in = new DataInputStream(new BufferedInputStream(socket.getInputStream()));
  }

  /** The connection itself. */
  Socket tcp() {
    return tcp;
  }

  // Sending.

  public void send(Frame... frames) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (Frame frame : frames) {
      bytes.writeBytes(frame.encode());
    }
    sendBytes(bytes.toByteArray());
  }

  public void sendBytes(byte[] bytes) {
    try {
      socket.getOutputStream().write(bytes);
      socket.getOutputStream().flush();
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }

  /** Encodes a block, which has to be sent before the next is encoded. */
  public byte[] encode(String... fields) {
    return codec.encode(fields);
  }

  /** A whole HEADERS frame, to be sent before the next is made. */
  public Frame headers(int streamId, int flags, String... fields) {
    return Frame.of(Frame.HEADERS, flags | Frame.END_HEADERS, streamId, encode(fields));
  }

  /** The headers of a gRPC request. */
  public Frame grpcRequest(int streamId, int flags, String... moreFields) {
    List<String> fields =
        new ArrayList<>(
            List.of(
                ":method: POST",
                ":scheme: http",
                ":path: /test.Echo/Call",
                ":authority: client.test",
                "content-type: application/grpc",
                "te: trailers"));
    fields.addAll(List.of(moreFields));
    return headers(streamId, flags, fields.toArray(String[]::new));
  }

  /** The headers of a request that is not gRPC. */
  public Frame plainRequest(int streamId, int flags, String... moreFields) {
    List<String> fields =
        new ArrayList<>(
            List.of(":method: GET", ":scheme: http", ":path: /", ":authority: client.test"));
    fields.addAll(List.of(moreFields));
    return headers(streamId, flags, fields.toArray(String[]::new));
  }

  /** How large a table this end's encoder uses from the next block on. */
  public void encoderTableSize(int octets) {
    codec.encoderTableSize(octets);
  }

  /** How large a table this end's decoder allows from the next block on. */
  public void decoderTableSize(int octets) {
    codec.decoderTableSize(octets);
  }

  // Reading.

  /** The next frame. */
  public Frame read() {
    try {
      int length = in.readUnsignedByte() << 16 | in.readUnsignedShort();
      int type = in.readUnsignedByte();
      int flags = in.readUnsignedByte();
      int streamId = in.readInt();
      byte[] payload = new byte[length];
      in.readFully(payload);
      return Frame.of(type, flags, streamId, payload);
    } catch (SocketTimeoutException late) {
      throw new AssertionError("no frame within " + TIMEOUT_MILLIS + " ms", late);
    } catch (EOFException end) {
      throw new AssertionError("the connection ended where a frame was expected", end);
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }

  /** Whether more is there that has not been read. */
  boolean hasMore() {
    try {
      return in.available() > 0;
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }

  /** Waits until something is there that has not been read. */
  public void awaitMore() {
    try {
      in.mark(1);
      assertThat(in.read()).as("a byte where more was expected").isNotNegative();
      in.reset();
    } catch (IOException failed) {
      throw new AssertionError("nothing came", failed);
    }
  }

  /** The next frame, which must be of this type. */
  public Frame read(int type) {
    Frame frame = read();
    assertThat(frame.type()).as("type of %s", frame).isEqualTo(type);
    return frame;
  }

  /** The next frames, which must be these, byte for byte. */
  public void expect(Frame... frames) {
    for (Frame frame : frames) {
      assertThat(read()).isEqualTo(frame);
    }
  }

  /** The next header block, decoded. */
  public Block readBlock() {
    Frame frame = read(Frame.HEADERS);
    List<Frame> frames = new ArrayList<>(List.of(frame));
    int padding = frame.has(Frame.PADDED) ? frame.payload()[0] & 0xff : 0;
    int start = (frame.has(Frame.PADDED) ? 1 : 0) + (frame.has(Frame.WITH_PRIORITY) ? 5 : 0);
    ByteArrayOutputStream fragment = new ByteArrayOutputStream();
    fragment.write(frame.payload(), start, frame.length() - start - padding);
    while (!frame.has(Frame.END_HEADERS)) {
      frame = read(Frame.CONTINUATION);
      assertThat(frame.streamId()).isEqualTo(frames.get(0).streamId());
      frames.add(frame);
      fragment.writeBytes(frame.payload());
    }
    byte[] block = fragment.toByteArray();
    return new Block(frames, HexFormat.of().formatHex(block), codec.decode(block));
  }

  /** The first header block on the connection, behind the other side's first SETTINGS. */
  public Block readBlockBehindSettings() {
    read(Frame.SETTINGS);
    return readBlock();
  }

  /** Reads the client preface, which must be next. */
  void readPreface() throws IOException {
    assertThat(new String(in.readNBytes(PREFACE.length()), US_ASCII)).isEqualTo(PREFACE);
  }

  /** Nothing more comes: the other side has closed. */
  public void expectEnd() {
    try {
      int next = in.read();
      assertThat(next).as("byte where the end was expected").isEqualTo(-1);
    } catch (IOException failed) {
      throw new AssertionError("the connection broke where its end was expected", failed);
    }
  }

  /** The connection is over, in whatever way; what was still under way is skipped. */
  public void expectGone() {
    try {
      in.skip(Long.MAX_VALUE);
      while (in.read() >= 0) {}
    } catch (SocketTimeoutException late) {
      throw new AssertionError("not closed within " + TIMEOUT_MILLIS + " ms", late);
    } catch (IOException gone) {
      assertThat(gone).isNotNull();
    }
  }

  /** A PING there and back proves that nothing else was on its way to {@code other}. */
  public void pingThrough(Peer other) {
    Frame ping = Frame.ping(0, System.nanoTime());
    send(ping);
    other.expect(ping);
  }

  /**
   * As {@link #pingThrough}, by a frame of no known type: before the remote's first SETTINGS the
   * tunnel itself answers a PING.
   */
  public void passThrough(Peer other) {
    Frame unknown = Frame.of(0xa, 0, 0, (byte) 1);
    send(unknown);
    other.expect(unknown);
  }

  // Ending.

  /** Ends the connection as a program does that closes its socket. */
  @Override
  public void close() {
    closeQuietly(socket);
  }

  /** Resets the connection: no close_notify, no FIN. */
  public void reset() {
    try {
      tcp.setSoLinger(true, 0);
    } catch (IOException closed) {
      return;
    }
    closeQuietly(tcp);
  }

  private static void closeQuietly(Socket socket) {
    try {
      socket.close();
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }
}
