package io.tlstunnel.internal.downstream;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.netty.handler.codec.http2.Http2Error;
import io.tlstunnel.event.TunnelEvent;
import io.tlstunnel.testpeer.Frame;
import io.tlstunnel.testpeer.Peer;
import io.tlstunnel.testpeer.RawClient;
import io.tlstunnel.testpeer.RecordedLog;
import io.tlstunnel.testpeer.Rig;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.HexFormat;
import java.util.stream.IntStream;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a newcomer does first, and what the log, the event and the client then say. */
@Tag("trials")
@Timeout(60)
class NewcomerTrialsTest {
  private static final int CALM = (int) Http2Error.ENHANCE_YOUR_CALM.code();
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  @RegisterExtension final Rig rig = new Rig();

  private final RecordedLog log = new RecordedLog();

  @AfterEach
  void closeLog() {
    log.close();
  }

  @ParameterizedTest(name = "19 {0} by an HTTP/1.1 client: the answer says what the port is")
  @ValueSource(strings = {"GET", "HEAD", "POST", "PROPFIND"})
  @SuppressWarnings("resource") // closeable from JDK 21 on
  void http(String method) throws Exception {
    HttpResponse<String> answer =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(PATIENCE)
            .build()
            .send(
                HttpRequest.newBuilder(
                        URI.create("http://" + rig.tunnel().target() + "/a?key=t0ps3cret"))
                    .timeout(PATIENCE)
                    .method(method, HttpRequest.BodyPublishers.noBody())
                    .build(),
                HttpResponse.BodyHandlers.ofString());
    assertThat(answer.statusCode()).isEqualTo(505);
    assertThat(answer.headers().firstValue("content-type")).contains("text/plain; charset=utf-8");
    if (method.equals("HEAD")) {
      assertThat(answer.body()).isEmpty();
    } else {
      assertThat(answer.body())
          .contains("HTTP/2 in cleartext, with prior knowledge", "usePlaintext()")
          .doesNotContain("t0ps3cret");
    }
    expectWarning("the peer speaks HTTP/1.1, and this port takes HTTP/2 in cleartext with prior");
  }

  @Test
  @DisplayName("19 a TLS client: the client says that the port has no TLS, the log what to do")
  void tls() throws Exception {
    try (SSLSocket client =
        (SSLSocket) SSLSocketFactory.getDefault().createSocket("127.0.0.1", rig.tunnel().port())) {
      client.setSoTimeout((int) PATIENCE.toMillis());
      assertThatThrownBy(client::startHandshake)
          .isInstanceOf(SSLException.class)
          .hasMessageContaining("Unsupported or unrecognized SSL message");
    }
    expectWarning("the peer speaks TLS, and this port takes HTTP/2 in cleartext (connect without");
  }

  @ParameterizedTest(name = "19 {0} at the port: one line says so")
  @CsvSource({
    "SSH, 5353482d322e300d0a, the peer speaks SSH",
    "SMTP, 45484c4f20610d0a, the peer speaks SMTP",
    "PROXY v1, 50524f585920554e4b4e4f574e0d0a, a PROXY protocol header; version 1",
    "PROXY v2, 0d0a0d0a000d0a515549540a20000000, a PROXY protocol header; version 2",
    "Redis, 2a310d0a2450494e470d0a, a protocol of text that is not HTTP",
    "HTTP/2 without preface, 000000040000000000, HTTP/2 without the client preface"
  })
  void other(String protocol, String hex, String said) {
    RawClient peer = rig.silentClient();
    peer.sendBytes(HexFormat.of().parseHex(hex));
    peer.expectGone();
    expectWarning(said.replace(';', ','));
  }

  @Test
  @DisplayName("19 half a request line, then the end: said too; a TCP probe is not")
  void half() {
    RawClient probe = rig.silentClient();
    probe.close();
    RawClient halfPreface = rig.silentClient();
    halfPreface.sendBytes("PRI * HT".getBytes(US_ASCII));
    halfPreface.close();
    RawClient half = rig.silentClient();
    half.sendBytes("GET /some".getBytes(US_ASCII));
    half.close();
    await().atMost(PATIENCE).until(() -> !log.warnings().isEmpty());
    await().atMost(PATIENCE).until(() -> rig.tunnel().stats().connectionsAccepted() == 3);
    expectWarning("the peer speaks HTTP/0.9");
  }

  @Test
  @DisplayName("19 a health check that speaks HTTP/1.1 without end leaves ten lines")
  void probes() {
    IntStream.range(0, 30)
        .forEach(
            i -> {
              RawClient probe = rig.silentClient();
              probe.sendBytes("GET /healthz HTTP/1.1\r\n\r\n".getBytes(US_ASCII));
              assertThat(probe.readAll()).startsWith("HTTP/1.1 505 ");
              probe.close();
            });
    assertThat(log.warnings()).hasSize(10);
    assertThat(rig.events(TunnelEvent.NotHttp2.class)).hasSize(30);
  }

  private void expectWarning(String said) {
    await().atMost(PATIENCE).until(() -> !rig.events(TunnelEvent.NotHttp2.class).isEmpty());
    assertThat(log.warnings())
        .singleElement()
        .satisfies(
            line ->
                assertThat(line)
                    .matches(
                        "connection from 127\\.0\\.0\\.1:\\d+ to " + rig.tunnel().target() + ": .*")
                    .contains(said)
                    .doesNotContain("t0ps3cret"));
    assertThat(rig.events(TunnelEvent.NotHttp2.class))
        .singleElement()
        .satisfies(event -> assertThat(event.what()).contains(said));
  }

  @Test
  @DisplayName("19 a GOAWAY's text reaches the event, the log and the call that fails of it")
  void goAway() {
    Rig.Route route = rig.route();
    RawClient client = route.client();
    Peer remote = route.remote();
    client.send(client.grpcRequest(1, Frame.END_STREAM));
    remote.readBlock();
    remote.send(Frame.goAway(1, CALM, "too_many_pings"));
    assertThat(client.read(Frame.GOAWAY).text(8)).isEqualTo("too_many_pings");
    remote.close();
    assertThat(client.readBlock().field("grpc-message"))
        .contains(
            "the remote closed the connection after GOAWAY ENHANCE_YOUR_CALM 'too_many_pings'");
    assertThat(rig.events(TunnelEvent.GoAwayReceived.class))
        .singleElement()
        .satisfies(event -> assertThat(event.text()).isEqualTo("too_many_pings"));
    assertThat(log.warnings())
        .first()
        .asString()
        .endsWith(
            "the remote ends the connection: GOAWAY ENHANCE_YOUR_CALM 'too_many_pings', stream 1");
  }

  @Test
  @DisplayName("19 a GOAWAY's text of 10,000 bytes, not all of them printable, is cut and cleaned")
  void goAwayOfAnyText() {
    Rig.Route route = rig.route();
    String text = "a\r\nWARN forged line\u0007" + "x".repeat(10_000);
    route.remote().send(Frame.goAway(0, CALM, text));
    route.client().read(Frame.GOAWAY);
    await().atMost(PATIENCE).until(() -> !rig.events(TunnelEvent.GoAwayReceived.class).isEmpty());
    String told = rig.events(TunnelEvent.GoAwayReceived.class).get(0).text();
    assertThat(told).startsWith("a??WARN forged line?xxx").endsWith("x...").hasSize(259);
    assertThat(log.warnings()).singleElement().asString().contains("'" + told + "'");
  }

  @Test
  @DisplayName("19 a remote whose first frame is GOAWAY: the call is told the text")
  void goAwayFirst() {
    RawClient client = rig.client();
    client.send(client.grpcRequest(1, Frame.END_STREAM));
    Peer remote = rig.remote();
    remote.send(Frame.goAway(0, CALM, "over quota"));
    assertThat(client.readFailure().field("grpc-message"))
        .contains("its first frame is no SETTINGS frame but GOAWAY ENHANCE_YOUR_CALM 'over quota'");
  }
}
