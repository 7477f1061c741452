package io.tlstunnel.bench.compare;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;

/** The least HTTP/2 client: one request on a connection of its own, then nothing more. */
final class RawConnection implements AutoCloseable {
  private static final int HEADERS = 1;
  private static final int SETTINGS = 4;
  private static final int ACK = 1;
  private static final int END_STREAM_AND_HEADERS = 5;

  private final Socket socket;

  private RawConnection(Socket socket) {
    this.socket = socket;
  }

  /** Connects, asks for {@code /small}, and returns once the answer's headers are here. */
  static RawConnection asked(int port) throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
    try {
      socket.setSoTimeout(30_000);
      socket.setTcpNoDelay(true);
      OutputStream out = socket.getOutputStream();
      out.write(request());
      DataInputStream in = new DataInputStream(socket.getInputStream());
      while (true) {
        int length = in.readUnsignedShort() << 8 | in.readUnsignedByte();
        int type = in.readUnsignedByte();
        int flags = in.readUnsignedByte();
        in.readInt();
        in.skipNBytes(length);
        if (type == HEADERS) {
          return new RawConnection(socket);
        }
        if (type == SETTINGS && (flags & ACK) == 0) {
          out.write(frame(SETTINGS, ACK, 0, new byte[0]));
        }
      }
    } catch (IOException e) {
      socket.close();
      throw e;
    }
  }

  private static byte[] request() throws IOException {
    ByteArrayOutputStream block = new ByteArrayOutputStream();
    block.write(0x82); // :method GET
    block.write(0x86); // :scheme http
    literal(block, 0x04, "/small"); // :path
    literal(block, 0x01, "idle.test"); // :authority
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    bytes.write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(US_ASCII));
    bytes.write(frame(SETTINGS, 0, 0, new byte[0]));
    bytes.write(frame(HEADERS, END_STREAM_AND_HEADERS, 1, block.toByteArray()));
    return bytes.toByteArray();
  }

  private static void literal(ByteArrayOutputStream block, int nameIndex, String value)
      throws IOException {
    block.write(nameIndex);
    block.write(value.length());
    block.write(value.getBytes(US_ASCII));
  }

  private static byte[] frame(int type, int flags, int stream, byte[] payload) throws IOException {
    ByteArrayOutputStream frame = new ByteArrayOutputStream();
    frame.write(
        new byte[] {
          0, 0, (byte) payload.length, (byte) type, (byte) flags, 0, 0, 0, (byte) stream
        });
    frame.write(payload);
    return frame.toByteArray();
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
