package io.tlstunnel.internal.relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.tlstunnel.event.Stage;
import io.tlstunnel.event.TunnelEvent;
import io.tlstunnel.testpeer.Block;
import io.tlstunnel.testpeer.Frame;
import io.tlstunnel.testpeer.Peer;
import io.tlstunnel.testpeer.RawClient;
import io.tlstunnel.testpeer.Rig;
import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The remote is not reached: the tunnel is the server, and says why. */
class RouteFailureTest {
  private static final int INITIAL_WINDOW_SIZE = 0x4;

  @RegisterExtension final Rig rig = new Rig();

  @Test
  void bodiesOfTheAnswersStayWithinTheConnectionsWindow() throws IOException {
    RawClient client = rig.client();
    int requests = 600;
    for (int i = 0; i < requests; i++) {
      client.send(client.plainRequest(2 * i + 1, Frame.END_STREAM));
    }
    awaitWaiting(client, 2 * requests + 1);
    rig.server().acceptTcp().close();
    int bodies = 0;
    client.read(Frame.PING);
    for (int i = 0; i < requests; i++) {
      Block answer = client.readBlock();
      assertThat(answer.field(":status")).isEqualTo("502");
      bodies += answer.endStream() ? 0 : client.read(Frame.DATA).length();
    }
    assertThat(bodies).isBetween(60_000, 65_535);
    client.expectAnnouncement();
  }

  @Test
  void everyWaitingRequestIsToldWhyInItsOwnLanguage() throws IOException {
    RawClient client = rig.client(0x3, 100);
    client.send(
        client.grpcRequest(1, 0),
        client.grpcRequest(3, Frame.END_STREAM),
        client.plainRequest(5, Frame.END_STREAM),
        Frame.settings(0x3, 50));
    client.expect(Frame.settingsAck());
    awaitWaiting(client);
    rig.server().acceptTcp().close();

    client.read(Frame.PING);
    for (int id : new int[] {1, 3}) {
      Block answer = client.readBlock();
      assertThat(answer.streamId()).isEqualTo(id);
      assertThat(answer.endStream()).isTrue();
      assertThat(answer.field(":status")).isEqualTo("200");
      assertThat(answer.field("content-type")).isEqualTo("application/grpc");
      assertThat(answer.field("grpc-status")).isEqualTo("14");
      assertThat(answer.field("grpc-message")).startsWith("TLS handshake with 127.0.0.1");
    }
    Block plain = client.readBlock();
    assertThat(plain.streamId()).isEqualTo(5);
    assertThat(plain.endStream()).isFalse();
    assertThat(plain.field(":status")).isEqualTo("502");
    assertThat(plain.field("content-type")).isEqualTo("text/plain; charset=utf-8");
    Frame body = client.read(Frame.DATA);
    assertThat(body.has(Frame.END_STREAM)).isTrue();
    assertThat(body.text(0)).startsWith("TLS handshake with 127.0.0.1");

    client.expectAnnouncement(); // Its window has no room for the bodies of a remote's answers.
    assertThat(rig.tunnel().stats().routesFailed()).isEqualTo(1);
    assertThat(rig.tunnel().stats().requestsAnswered()).isEqualTo(4);
    assertThat(rig.events(TunnelEvent.RouteFailed.class))
        .singleElement()
        .satisfies(event -> assertThat(event.failure().stage()).isEqualTo(Stage.TLS));
  }

  /** The answer to an overdue request proves that those before it are in the waiting room. */
  private static void awaitWaiting(RawClient client) {
    awaitWaiting(client, 7);
  }

  private static void awaitWaiting(RawClient client, int streamId) {
    client.send(client.grpcRequest(streamId, Frame.END_STREAM, "grpc-timeout: 1m"));
    assertThat(client.readBlock().streamId()).isEqualTo(streamId);
  }

  @Test
  void refusedConnectionIsToldWithTheAddress() {
    int port = rig.server().port();
    rig.server().close();
    RawClient client = rig.silentClient();
    client.sendAtOnce(Frame.settings(), client.grpcRequest(1, Frame.END_STREAM));
    client.expect(RawClient.GREETING, Frame.settingsAck());
    assertThat(client.readFailure().field("grpc-message"))
        .startsWith("TCP connect to 127.0.0.1:" + port);
    client.expectServed();
  }

  @Test
  void requestThatComesBehindTheFailureIsToldOfItToo() {
    rig.server().close();
    RawClient client = rig.client();
    await().until(() -> !rig.events(TunnelEvent.RouteFailed.class).isEmpty());
    client.send(client.grpcRequest(1, Frame.END_STREAM));
    assertThat(client.readFailure().field("grpc-message")).startsWith("TCP connect to 127.0.0.1");
    client.expectServed();
  }

  @Test
  void nextConnectionTriesAgain() throws IOException {
    rig.client();
    rig.server().acceptTcp().close();
    await().until(() -> !rig.events(TunnelEvent.RouteFailed.class).isEmpty());

    Rig.Route second = rig.route();
    second.client().pingThrough(second.remote());
  }

  @Test
  void answerFitsTheClientsWindow() throws IOException {
    RawClient client = rig.client(INITIAL_WINDOW_SIZE, 0);
    client.send(client.plainRequest(1, Frame.END_STREAM));
    awaitWaiting(client);
    rig.server().acceptTcp().close();
    Block answer = client.readFailure();
    assertThat(answer.field(":status")).isEqualTo("502");
    assertThat(answer.endStream()).isTrue();
    client.expectServed();
  }

  @Test
  void clientThatMadeItsTableSmallerIsToldSoInTheFirstBlock() throws IOException {
    RawClient client = rig.client(0x1, 0);
    client.send(client.grpcRequest(1, Frame.END_STREAM, "grpc-timeout: 200m"));
    Block answer = client.readBlock();
    assertThat(answer.fragment()).as("size update to 0 (RFC 7541, 6.3)").startsWith("20");
    assertThat(answer.field("grpc-status")).isEqualTo("14");
    rig.server().acceptTcp().close();
  }

  @Test
  void remoteWithoutSettingsIsGivenUpAfterTheConnectTimeout() {
    rig.tunnel(builder -> builder.connectTimeout(Duration.ofSeconds(1)));
    RawClient client = rig.client();
    client.send(client.grpcRequest(1, Frame.END_STREAM));
    Peer remote = rig.remote();

    assertThat(client.readFailure().field("grpc-message"))
        .startsWith("HTTP/2 SETTINGS from 127.0.0.1:" + rig.server().port());
    client.expectServed();
    remote.expectGone();
  }
}
