package io.tlstunnel.tests.floods;

import static org.assertj.core.api.Assertions.assertThat;

import io.tlstunnel.junit.Frame;
import io.tlstunnel.junit.fault.Http2Code;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;

/** A client that resets each of its requests right after it has sent it. */
final class Attacker implements AutoCloseable {
  private final Socket socket;
  private int stream = 1;

  /** Connects, and sends its preface. */
  Attacker(int port) throws IOException {
    socket = new Socket(InetAddress.getLoopbackAddress(), port);
    socket.setSoTimeout(30_000);
    socket
        .getOutputStream()
        .write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
    socket.getOutputStream().write(Frame.settings().encode());
  }

  /** Sends so many requests and resets; false if its connection is gone. */
  boolean reset(int count) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (int i = 0; i < count; i++) {
      bytes.writeBytes(request(stream).encode());
      bytes.writeBytes(Frame.reset(stream, Http2Code.CANCEL).encode());
      stream += 2;
    }
    try {
      socket.getOutputStream().write(bytes.toByteArray());
      return true;
    } catch (IOException gone) {
      return false;
    }
  }

  /** Its connection ends, or has ended. */
  void awaitEnd() {
    try {
      InputStream in = socket.getInputStream();
      byte[] bytes = new byte[8_192];
      while (in.read(bytes) >= 0) {
        // What the remote says on the way.
      }
    } catch (IOException reset) {
      assertThat(reset).isNotInstanceOf(SocketTimeoutException.class);
    }
  }

  private static Frame request(int stream) {
    return Frame.headers(
        stream,
        false,
        ":method",
        "POST",
        ":scheme",
        "http",
        ":path",
        "/" + Calls.HANG.getFullMethodName(),
        ":authority",
        "attacker.test",
        "content-type",
        "application/grpc",
        "te",
        "trailers");
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
