package io.tlstunnel.internal.downstream;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.tlstunnel.event.TunnelEvent;
import io.tlstunnel.testpeer.RawClient;
import io.tlstunnel.testpeer.Rig;
import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Peers that do not begin with the HTTP/2 preface cost a socket, and the remote nothing. */
class NotHttp2Test {
  private static final String HTTP1 =
      "it speaks HTTP/1.1: the tunnel takes HTTP/2 with prior knowledge only";
  private static final String TLS =
      "it speaks TLS: the tunnel's port is cleartext, connect without TLS";
  private static final String GARBAGE = "it does not begin with the HTTP/2 preface";

  @RegisterExtension final Rig rig = new Rig();

  static Stream<Arguments> strangers() {
    return Stream.of(
        Arguments.of(HTTP1, "GET / HTTP/1.1\r\nhost: a\r\n\r\n".getBytes(US_ASCII)),
        Arguments.of(HTTP1, "POST / HTTP/1.1\r\n\r\n".getBytes(US_ASCII)),
        Arguments.of(TLS, new byte[] {0x16, 3, 1, 0, (byte) 200, 1}),
        Arguments.of(GARBAGE, new byte[] {0}),
        Arguments.of(GARBAGE, new byte[10_000]),
        Arguments.of(HTTP1, "PRI * HTTP/2.0\r\n\r\nSM\r\n\rx".getBytes(US_ASCII)));
  }

  @ParameterizedTest
  @MethodSource("strangers")
  void strangerIsClosedCountedReportedAndNeverRelayed(String what, byte[] bytes) {
    RawClient stranger = rig.silentClient();
    stranger.sendBytes(bytes);
    stranger.expectGone();
    assertThat(rig.tunnel().stats().connectionsNotHttp2()).isEqualTo(1);
    assertThat(rig.tunnel().stats().connectionsOpen()).isZero();
    assertThat(rig.events(TunnelEvent.NotHttp2.class))
        .singleElement()
        .satisfies(
            event -> {
              assertThat(event.what()).isEqualTo(what);
              assertThat(event.downstream()).contains("127.0.0.1:");
            });
    rig.server().expectNobody();
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
