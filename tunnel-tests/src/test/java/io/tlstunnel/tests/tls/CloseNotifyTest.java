package io.tlstunnel.tests.tls;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Status;
import io.tlstunnel.TlsTunnel;
import io.tlstunnel.TlsTunnelBuilder;
import io.tlstunnel.junit.TestCa;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Ensures that close_notify ends a connection though TCP stays open (RFC 5246, 7.2.1; RFC 8446,
 * 6.1): nothing more can come.
 */
@Tag("trials")
class CloseNotifyTest {
  private static final byte[] EMPTY_SETTINGS = {0, 0, 0, 4, 0, 0, 0, 0, 0};
  private static final byte[] SETTINGS_ACK = {0, 0, 0, 4, 1, 0, 0, 0, 0};
  private static final String PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
  private static final String GOAWAY = "0700000000";

  private static final TestCa CA = TestCa.create();

  static Stream<Arguments> libraries() {
    return Stream.of(Provider.values())
        .flatMap(
            provider ->
                Stream.of("TLSv1.2", "TLSv1.3").map(version -> Arguments.of(provider, version)));
  }

  @ParameterizedTest(name = "28 an open call fails at once, {0}, {1}")
  @MethodSource("libraries")
  void openCallFailsAtOnce(Provider provider, String version) throws Exception {
    try (JdkServer server = server(version, 150);
        TunnelUnderTest tunnel = new TunnelUnderTest(settings(provider, version, server.port()))) {
      // And not DEADLINE_EXCEEDED.
      Status status = tunnel.call();
      assertThat(status.getCode()).as(status.toString()).isEqualTo(Status.Code.UNAVAILABLE);
      assertThat(status.getDescription())
          .endsWith(
              "connection to 127.0.0.1:"
                  + server.port()
                  + " failed: the remote closed the connection (the next call connects anew; the"
                  + " remote's log should say why)");
      assertThat(server.end()).as("the remote reads our close_notify").isEqualTo("done");
    }
  }

  @ParameterizedTest(name = "28 before its SETTINGS: the call fails at once, {0}")
  @EnumSource
  void remoteThatNeverSpeaks(Provider provider) throws Exception {
    try (JdkServer server =
            JdkServer.start(
                CA.server("backend.test"),
                "TLSv1.3",
                connection -> {
                  connection.startHandshake();
                  connection.shutdownOutput();
                  readToTheEnd(connection.getInputStream());
                });
        TunnelUnderTest tunnel =
            new TunnelUnderTest(settings(provider, "TLSv1.3", server.port()))) {
      Status status = tunnel.call();
      assertThat(status.getCode()).as(status.toString()).isEqualTo(Status.Code.UNAVAILABLE);
      assertThat(status.getDescription())
          .contains("HTTP/2 SETTINGS from", "the remote closed the connection");
      assertThat(server.end()).isEqualTo("done");
    }
  }

  @ParameterizedTest(name = "28 an idle client reads GOAWAY and the end, {0}, {1}")
  @MethodSource("libraries")
  void idleClientReadsTheEnd(Provider provider, String version) throws Exception {
    try (JdkServer server = server(version, 24);
        TlsTunnel tunnel = settings(provider, version, server.port()).listen(0).start();
        Socket client = new Socket(InetAddress.getLoopbackAddress(), tunnel.port())) {
      client.setSoTimeout(20_000);
      client.getOutputStream().write(PREFACE.getBytes(StandardCharsets.US_ASCII));
      client.getOutputStream().write(EMPTY_SETTINGS);
      String read = HexFormat.of().formatHex(client.getInputStream().readAllBytes());
      assertThat(read).contains(GOAWAY);
      assertThat(server.end()).isEqualTo("done");
    }
  }

  @ParameterizedTest(name = "28 within the handshake, {0}")
  @EnumSource
  void withinTheHandshake(Provider provider) throws Exception {
    try (Doorway door = new Doorway(InetAddress.getLoopbackAddress(), 0);
        TunnelUnderTest tunnel = new TunnelUnderTest(settings(provider, "TLSv1.2", door.port()))) {
      door.shut(new byte[] {21, 3, 3, 0, 2, 1, 0});
      assertThat(tunnel.refuses().cause())
          .isEqualTo("the remote closed the connection during the handshake");
    }
  }

  /** Says SETTINGS, reads so many bytes, says close_notify and leaves TCP open. */
  private static JdkServer server(String version, int bytes) throws Exception {
    return JdkServer.start(
        CA.server("backend.test"),
        version,
        connection -> {
          connection.startHandshake();
          connection.getOutputStream().write(EMPTY_SETTINGS);
          connection.getOutputStream().write(SETTINGS_ACK);
          readAtLeast(connection, bytes);
          connection.shutdownOutput();
          readToTheEnd(connection.getInputStream());
        });
  }

  private static void readAtLeast(SSLSocket connection, int bytes) throws IOException {
    byte[] buffer = new byte[16_384];
    for (int read = 0; read < bytes; ) {
      int more = connection.getInputStream().read(buffer);
      assertThat(more).isPositive();
      read += more;
    }
  }

  /** A connection that ends without close_notify makes this throw. */
  private static void readToTheEnd(InputStream in) throws IOException {
    byte[] buffer = new byte[16_384];
    while (in.read(buffer) >= 0) {
      // What was on its way.
    }
  }

  private static TlsTunnelBuilder settings(Provider provider, String version, int port) {
    return provider.choose(
        TlsTunnel.builder()
            .upstream("127.0.0.1", port)
            .sni("backend.test")
            .tlsVersions(version)
            .trust(List.of(CA.root())));
  }
}
