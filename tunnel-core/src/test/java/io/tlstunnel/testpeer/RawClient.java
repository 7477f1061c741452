package io.tlstunnel.testpeer;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;

/** A cleartext HTTP/2 client with prior knowledge. */
public final class RawClient extends Peer {
  /** What the tunnel says first. */
  public static final Frame GREETING = Frame.settings(0x3, 100);

  private static final Frame UNLIMITED = Frame.settings(0x3, Integer.MAX_VALUE);

  private RawClient(Socket socket) throws IOException {
    super(socket, socket);
  }

  /** Connects, and says nothing. */
  public static RawClient silent(int port) {
    try {
      return new RawClient(new Socket(InetAddress.getLoopbackAddress(), port));
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }

  /** Connects, sends the preface with SETTINGS, and takes the tunnel's greeting. */
  public static RawClient connect(int port, int... settings) {
    RawClient client = silent(port);
    client.sendPreface();
    client.send(Frame.settings(settings));
    client.expect(GREETING);
    client.send(Frame.settingsAck());
    return client;
  }

  /**
   * Takes and acknowledges what the tunnel says before the first SETTINGS of a remote that does not
   * limit streams: that the greeting's limit is over.
   */
  public void expectUnlimited() {
    expect(UNLIMITED);
    send(Frame.settingsAck());
  }

  /** Sends the preface and these frames in one piece. */
  public void sendAtOnce(Frame... frames) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    bytes.writeBytes(PREFACE.getBytes(US_ASCII));
    for (Frame frame : frames) {
      bytes.writeBytes(frame.encode());
    }
    sendBytes(bytes.toByteArray());
  }

  public void sendPreface() {
    sendBytes(PREFACE.getBytes(US_ASCII));
  }

  /** Ends what this side sends; what the other side sends can still be read. */
  public void endOfRequests() {
    try {
      tcp().shutdownOutput();
    } catch (IOException ended) {
      // The other side was first.
    }
  }

  /** All that comes until the end, as text. */
  public String readAll() {
    try {
      return new String(tcp().getInputStream().readAllBytes(), US_ASCII);
    } catch (IOException reset) {
      return "";
    }
  }
}
