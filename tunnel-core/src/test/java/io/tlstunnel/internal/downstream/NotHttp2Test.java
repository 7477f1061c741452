package io.tlstunnel.internal.downstream;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.tlstunnel.event.TunnelEvent;
import io.tlstunnel.testpeer.Frame;
import io.tlstunnel.testpeer.RawClient;
import io.tlstunnel.testpeer.Rig;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Peers that do not begin with the HTTP/2 preface cost a socket, and the remote nothing. */
class NotHttp2Test {
  @RegisterExtension final Rig rig = new Rig();

  static Stream<Arguments> protocols() {
    String line = "the peer speaks %s, and this port takes HTTP/2 in cleartext %s";
    String http = "with prior knowledge only (use a gRPC client, or curl --http2-prior-knowledge)";
    String elsewhere = "(check the host and port that the peer is given)";
    String tls =
        line.formatted(
            "TLS",
            "(connect without TLS: usePlaintext() in grpc-java, insecure credentials in other gRPC"
                + " clients, http:// in a URL)");
    String proxy =
        "the peer begins with a PROXY protocol header, version %d, and this port takes none (turn"
            + " the header off where it is added: send-proxy in HAProxy, proxy_protocol in nginx)";
    String damaged =
        "the peer's HTTP/2 preface is damaged (RFC 9113, 3.4; check what is between the client and"
            + " this port)";
    String noPreface =
        "the peer speaks HTTP/2 without the client preface (RFC 9113, 3.4): a server, or something"
            + " before the tunnel took the preface away";
    String command = "another protocol, with %s as its first command";
    String binary =
        "the peer does not speak HTTP/2: its first bytes are %s, and this port takes HTTP/2 in"
            + " cleartext "
            + elsewhere;
    String text = line.formatted("a protocol of text that is not HTTP", elsewhere);
    return Stream.of(
        of(line.formatted("HTTP/1.1", http), "GET / HTTP/1.1\r\nhost: a\r\n\r\n", "505"),
        of(line.formatted("HTTP/1.1", http), "POST /a HTTP/1.1\r\n\r\n", "505"),
        of(line.formatted("HTTP/1.1", http), "PROPFIND /?key=secret HTTP/1.1\r\n", "505"),
        of(line.formatted("HTTP/1.1", http), "OPTIONS * HTTP/1.1\n", "505"),
        of(line.formatted("HTTP/1.1", http), "HEAD / HTTP/1.1\r\n\r\n", "505"),
        of(line.formatted("HTTP/1.1", http), "GET /" + "a".repeat(10_000), "505"),
        of(line.formatted("HTTP/1.0", http), "GET / HTTP/1.0\r\n\r\n", "505"),
        of(line.formatted("HTTP/0.9", http), "GET /\r\n", "505"),
        of(damaged, "PRI * HTTP/2.0\r\n\r\nSM\r\n\rx", ""),
        of(damaged, "PRI * HTTP/2.0\n\n", ""),
        of(proxy.formatted(1), "PROXY TCP4 10.0.0.1 10.0.0.2 5 443\r\n", ""),
        of(proxy.formatted(1), "PROXY UNKNOWN\r\nPRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", ""),
        of(proxy.formatted(2), "\r\n\r\n\0\r\nQUIT\n!\21\0\f\n\0\0\1", ""),
        of(line.formatted("SSH", elsewhere), "SSH-2.0-OpenSSH_9.6\r\n", ""),
        of(line.formatted("SMTP", elsewhere), "EHLO client.test\r\n", ""),
        of(line.formatted("SMTP", elsewhere), "helo client.test\r\n", ""),
        of(line.formatted(command.formatted("AUTH"), elsewhere), "AUTH hunter2\r\n", ""),
        of(line.formatted(command.formatted("PING"), elsewhere), "PING\r\n", ""),
        of(text, "c2VjcmV0IHRva2VuIHRoYXQgbXVzdCBub3QgYmUgcXVvdGVk\r\n", ""),
        of(text, "\r\n\r\nx\r\n", ""),
        Arguments.of(tls, new byte[] {0x16, 3, 1, 0, (byte) 200, 1}, "400"),
        Arguments.of(tls, new byte[] {0x16, 3, 3, 0, 5, 1}, "400"),
        Arguments.of(noPreface, Frame.settings(0x3, 100).encode(), ""),
        Arguments.of(noPreface, Frame.settings().encode(), ""),
        Arguments.of(binary.formatted("0000000000000000"), new byte[10_000], ""),
        Arguments.of(
            binary.formatted("0000000804d2162f"), new byte[] {0, 0, 0, 8, 4, -46, 22, 47, 1}, ""),
        Arguments.of(binary.formatted("ff"), new byte[] {-1}, ""),
        Arguments.of(binary.formatted("1600"), new byte[] {0x16, 0}, ""));
  }

  private static Arguments of(String what, String text, String status) {
    return Arguments.of(what, text.getBytes(US_ASCII), status);
  }

  @ParameterizedTest(name = "{2} {0}")
  @MethodSource("protocols")
  void peerIsToldCountedReportedAndNeverRelayed(String what, byte[] bytes, String status) {
    RawClient whole = rig.silentClient();
    whole.sendBytes(bytes);
    String answer = whole.readAll();
    assertThat(answer).startsWith(status.isEmpty() ? "" : "HTTP/1.1 " + status + ' ');
    assertThat(answer.isEmpty()).isEqualTo(status.isEmpty());
    expectReported(what, 1);

    RawClient slow = rig.silentClient();
    for (int i = 0; i < Math.min(bytes.length, 40); i++) {
      try {
        slow.sendBytes(new byte[] {bytes[i]});
      } catch (UncheckedIOException closed) {
        break;
      }
    }
    slow.endOfRequests();
    slow.expectGone();
    await()
        .atMost(Duration.ofSeconds(10))
        .until(() -> rig.tunnel().stats().connectionsNotHttp2() == 2);
    assertThat(rig.tunnel().stats().connectionsOpen()).isZero();
    rig.server().expectNobody();
  }

  private void expectReported(String what, int times) {
    assertThat(rig.tunnel().stats().connectionsNotHttp2()).isEqualTo(times);
    assertThat(rig.events(TunnelEvent.NotHttp2.class))
        .hasSize(times)
        .last()
        .satisfies(
            event -> {
              assertThat(event.what()).isEqualTo(what);
              assertThat(event.downstream()).matches("127\\.0\\.0\\.1:\\d+");
            });
  }

  @Test
  void probeThatOnlyConnectsIsNoOffenceAndCostsTheRemoteNothing() {
    RawClient probe = rig.silentClient();
    probe.close();
    await()
        .atMost(Duration.ofSeconds(10))
        .until(() -> rig.tunnel().stats().connectionsAccepted() == 1);
    assertThat(rig.tunnel().stats().connectionsNotHttp2()).isZero();
    rig.server().expectNobody();
  }

  @Test
  void routeBeginsOnlyWhenThePrefaceIsWhole() {
    RawClient client = rig.silentClient();
    byte[] preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(US_ASCII);
    for (int i = 0; i < preface.length - 1; i++) {
      client.sendBytes(new byte[] {preface[i]});
    }
    rig.server().expectNobody();
    client.sendBytes(new byte[] {preface[preface.length - 1]});
    rig.remote();
  }
}
