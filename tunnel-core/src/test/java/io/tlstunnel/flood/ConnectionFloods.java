package io.tlstunnel.flood;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.tlstunnel.event.Limit;
import io.tlstunnel.event.TunnelEvent;
import io.tlstunnel.testpeer.Frame;
import io.tlstunnel.testpeer.RawClient;
import io.tlstunnel.testpeer.Rig;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Connections that come in numbers, or speak something else, or say nothing. */
final class ConnectionFloods {
  private static final byte[] CLIENT_HELLO = {0x16, 3, 1, 0x40, 0, 1, (byte) 0xff, (byte) 0xff, 3};

  private ConnectionFloods() {}

  static List<Flood> rows() {
    return List.of(
        Flood.passing("18", "1,000 prefaces, a byte at a time", ConnectionFloods::slowPrefaces)
            .with(limits -> limits.prefaceTimeout(Duration.ofSeconds(4)).maxConnections(2_000))
            .within(24, 4),
        Flood.of("24", "HTTP/1.1, also in disguise", ConnectionFloods::http1),
        Flood.of("25", "200 ClientHellos that promise 16 MB", ConnectionFloods::clientHellos),
        Flood.passing("27", "2,000 connections where 500 may be", ConnectionFloods::tooMany)
            // Whoever says nothing keeps its place to the end, so that the last comer finds none.
            .with(limits -> limits.maxConnections(500).prefaceTimeout(Duration.ofMinutes(2)))
            .within(16, 4));
  }

  private static void slowPrefaces(Rig rig, Runnable height) {
    List<Socket> slow = sockets(rig, 1_000);
    slow.forEach(socket -> send(socket, "P".getBytes(US_ASCII)));
    slow.forEach(socket -> send(socket, "R".getBytes(US_ASCII)));
    height.run();
    HeaderFloods.expectHit(rig, Limit.PREFACE_TIMEOUT, 1_000);
    slow.forEach(ConnectionFloods::expectClosed);
  }

  private static void http1(Rig rig) {
    List<String> disguises =
        List.of(
            lines("GET / HTTP/1.1", "Host: a", "", ""),
            lines(
                "POST / HTTP/1.1",
                "Host: a",
                "Content-Length: 5",
                "Transfer-Encoding: chunked",
                "",
                "0",
                "",
                "GET /smuggled HTTP/1.1",
                "Host: a",
                "",
                ""),
            lines(
                "GET / HTTP/1.1",
                "Host: a",
                "Connection: Upgrade, HTTP2-Settings",
                "Upgrade: h2c",
                "HTTP2-Settings: AAMAAABk",
                "",
                ""),
            lines("PRI * HTTP/2.0", "", "XX", "", "GET / HTTP/1.1", "", ""));
    for (String disguise : disguises) {
      Socket socket = sockets(rig, 1).get(0);
      send(socket, disguise.getBytes(US_ASCII));
      expectClosed(socket);
    }
    rig.server().expectNobody();
    assertThat(rig.events(TunnelEvent.NotHttp2.class)).hasSize(disguises.size());
  }

  private static String lines(String... lines) {
    return String.join("\r\n", lines);
  }

  private static void clientHellos(Rig rig) {
    List<Socket> sockets = sockets(rig, 200);
    sockets.forEach(socket -> send(socket, CLIENT_HELLO));
    sockets.forEach(ConnectionFloods::expectClosed);
    rig.server().expectNobody();
    assertThat(rig.tunnel().stats().connectionsNotHttp2()).isEqualTo(200);
  }

  private static void tooMany(Rig rig, Runnable height) throws IOException {
    List<Socket> all = sockets(rig, 2_000);
    // One is the bystander's.
    HeaderFloods.expectHit(rig, Limit.CONNECTIONS, 1_501);
    height.run();
    RawClient late = rig.silentClient();
    late.expect(Frame.settings());
    assertThat(late.read(Frame.GOAWAY).text(8))
        .isEqualTo("the tunnel has its 500 connections (maxConnections)");
    late.expectGone();

    for (Socket socket : all) {
      socket.close();
    }
    await()
        .atMost(Duration.ofSeconds(30))
        .ignoreExceptions()
        .until(
            () -> {
              RawClient again = rig.silentClient();
              again.sendPreface();
              again.send(Frame.settings());
              again.expect(RawClient.GREETING, Frame.settingsAck());
              again.send(Frame.settingsAck(), Frame.ping(0, 1));
              again.reset();
              return true;
            });
  }

  private static List<Socket> sockets(Rig rig, int count) {
    List<Socket> sockets = new ArrayList<>();
    rig.afterwards(
        () -> {
          for (Socket socket : sockets) {
            close(socket);
          }
        });
    try {
      for (int i = 0; i < count; i++) {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), rig.tunnel().port());
        socket.setSoTimeout(30_000);
        socket.setSoLinger(true, 0);
        sockets.add(socket);
      }
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
    return sockets;
  }

  private static void send(Socket socket, byte[] bytes) {
    try {
      socket.getOutputStream().write(bytes);
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }

  /** Closed, with an answer that says what the port is or without, or reset: not all was read. */
  private static void expectClosed(Socket socket) {
    try {
      assertThat(new String(socket.getInputStream().readAllBytes(), US_ASCII))
          .matches("(?s)|HTTP/1\\.1 (400|505) .*");
    } catch (IOException reset) {
      assertThat(reset).isNotInstanceOf(SocketTimeoutException.class);
    }
  }

  private static void close(Socket socket) {
    try {
      socket.close();
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }
}
