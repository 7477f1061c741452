package io.tlstunnel.tests.faults;

import io.tlstunnel.TlsTunnel;
import io.tlstunnel.junit.Frame;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.function.Predicate;

/** A client of frames, for what grpc-java would not do. */
final class RawClient implements AutoCloseable {
  static final byte[] PREFACE =
      "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

  private static final int PATIENCE_MILLIS = 20_000;

  private final Socket socket = new Socket();
  private final DataInputStream in;

  /** Connects, and says nothing yet. */
  RawClient(int port, int receiveBuffer) throws IOException {
    socket.setReceiveBufferSize(receiveBuffer);
    socket.setTcpNoDelay(true);
    socket.setSoTimeout(PATIENCE_MILLIS);
    socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    in = new DataInputStream(socket.getInputStream());
  }

  /** Connects and sends the preface with SETTINGS. */
  static RawClient speaking(TlsTunnel tunnel, int... settings) throws IOException {
    RawClient client = new RawClient(tunnel.port(), 65_536);
    client.sendBytes(PREFACE);
    client.send(Frame.settings(settings));
    return client;
  }

  void sendBytes(byte[] bytes) throws IOException {
    socket.getOutputStream().write(bytes);
  }

  void send(Frame... frames) throws IOException {
    for (Frame frame : frames) {
      sendBytes(frame.encode());
    }
  }

  /** A gRPC request; further fields are names and values in turns. */
  void request(int stream, boolean endStream, String path, String... more) throws IOException {
    String[] fields = new String[10 + more.length];
    String[] common = {
      ":method",
      "POST",
      ":scheme",
      "http",
      ":path",
      path,
      ":authority",
      "raw.test",
      "te",
      "trailers"
    };
    System.arraycopy(common, 0, fields, 0, 10);
    System.arraycopy(more, 0, fields, 10, more.length);
    send(Frame.headers(stream, endStream, fields));
  }

  /** The next frame; SETTINGS are acknowledged on the way. */
  Frame read() throws IOException {
    int length = in.readUnsignedByte() << 16 | in.readUnsignedShort();
    int type = in.readUnsignedByte();
    int flags = in.readUnsignedByte();
    int stream = in.readInt();
    byte[] payload = new byte[length];
    in.readFully(payload);
    Frame frame = new Frame(type, flags, stream, payload);
    if (type == Frame.SETTINGS && !frame.has(Frame.ACK)) {
      send(Frame.settingsAck());
    }
    return frame;
  }

  /** The next frame that fits; those before it are dropped. */
  Frame read(Predicate<Frame> fits) throws IOException {
    Frame frame = read();
    while (!fits.test(frame)) {
      frame = read();
    }
    return frame;
  }

  /** The bytes that the tunnel still sends before it closes, as text. */
  String readToEnd() throws IOException {
    return new String(in.readAllBytes(), StandardCharsets.ISO_8859_1);
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
