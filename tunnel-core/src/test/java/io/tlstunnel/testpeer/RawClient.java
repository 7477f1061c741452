package io.tlstunnel.testpeer;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

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

  /** Connects, sends the preface with SETTINGS, and takes the tunnel's greeting and its ACK. */
  public static RawClient connect(int port, int... settings) {
    RawClient client = silent(port);
    client.sendPreface();
    client.send(Frame.settings(settings));
    client.expect(GREETING, Frame.settingsAck());
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

  /**
   * Takes what the tunnel says at the end of a connection that stood: a PING, a GOAWAY that names
   * no stream, and once the PING is acknowledged the last GOAWAY and the end.
   *
   * @return what both GOAWAYs say
   */
  public String expectEnding(int lastStreamId) {
    Frame ping = expectAnnouncement();
    acknowledge(ping);
    String why = expectLastGoAway(lastStreamId);
    expectEnd();
    return why;
  }

  /**
   * Takes the PING that goes in front of the answers when a route has failed, and the first answer.
   */
  public Block readFailure() {
    assertThat(read(Frame.PING).has(Frame.ACK)).isFalse();
    return readBlock();
  }

  /** A PING there and back proves that the tunnel serves this client, and has said nothing else. */
  public void expectServed() {
    send(Frame.ping(0, 4_711));
    expect(Frame.ping(Frame.ACK, 4_711));
  }

  /**
   * Takes the GOAWAY that names no stream.
   *
   * @return the PING in front of it
   */
  public Frame expectAnnouncement() {
    Frame ping = read(Frame.PING);
    assertThat(ping.has(Frame.ACK)).isFalse();
    Frame announced = read(Frame.GOAWAY);
    assertThat(announced.number(0)).as("last stream id").isEqualTo(Integer.MAX_VALUE);
    assertThat(announced.number(4)).as("error").isZero();
    return ping;
  }

  /** Acknowledges a PING. */
  public void acknowledge(Frame ping) {
    send(Frame.of(Frame.PING, Frame.ACK, 0, ping.payload()));
  }

  /** Takes a GOAWAY without an error, and returns what it says. */
  public String expectLastGoAway(int lastStreamId) {
    Frame last = read(Frame.GOAWAY);
    assertThat(last.number(0)).as("last stream id").isEqualTo(lastStreamId);
    assertThat(last.number(4)).as("error").isZero();
    return last.text(8);
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
