package io.tlstunnel.internal.relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tlstunnel.TlsTunnel;
import io.tlstunnel.TunnelState;
import io.tlstunnel.event.TunnelEvent;
import io.tlstunnel.testpeer.Block;
import io.tlstunnel.testpeer.Frame;
import io.tlstunnel.testpeer.Peer;
import io.tlstunnel.testpeer.RawClient;
import io.tlstunnel.testpeer.Rig;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A tunnel that is drained loses no request (RFC 9113, 6.8). */
class DrainTest {
  private static final int REFUSED_STREAM = 7;
  private static final Duration LONG = Duration.ofSeconds(30);

  @RegisterExtension final Rig rig = new Rig();

  @Test
  void requestsUnderWayAreFinishedAndNamedInTheLastGoAway() throws Exception {
    Rig.Route route = rig.route();
    RawClient client = route.client();
    Peer remote = route.remote();
    request(client, remote, 1);

    CompletableFuture<Void> drained = drain(LONG);
    Frame ping = expectAnnouncement(client);
    request(client, remote, 3); // was under way when the announcement came
    client.send(Frame.ping(Frame.ACK, opaque(ping)));
    assertThat(client.read(Frame.GOAWAY).number(0)).isEqualTo(3);
    answer(remote, client, 1);
    assertThat(drained).isNotDone();
    answer(remote, client, 3);

    assertThat(client.read(Frame.GOAWAY).number(0)).isEqualTo(3);
    client.expectEnd();
    client.close();
    // The ACK of the tunnel's own PING has not been forwarded.
    remote.expectGone();
    drained.get(10, TimeUnit.SECONDS);
    assertThat(rig.tunnel().state()).isEqualTo(TunnelState.CLOSED);
    assertThat(rig.tunnel().stats().requestsAnswered()).isZero();
    assertThat(rig.events(TunnelEvent.DrainBegun.class)).hasSize(1);
  }

  @Test
  void aRequestAfterTheLastGoAwayIsRefusedAndNeverReachesTheRemote() throws Exception {
    Rig.Route route = rig.route();
    RawClient client = route.client();
    Peer remote = route.remote();
    request(client, remote, 1);
    CompletableFuture<Void> drained = drain(LONG);
    client.send(Frame.ping(Frame.ACK, opaque(expectAnnouncement(client))));
    client.read(Frame.GOAWAY);

    client.send(client.grpcRequest(3, 0, "x-late: indexed"), Frame.data(3, 0, "late"));
    client.expect(Frame.reset(3, REFUSED_STREAM), Frame.windowUpdate(0, "late".length()));
    client.pingThrough(remote);
    answer(remote, client, 1);

    client.read(Frame.GOAWAY);
    client.close();
    drained.get(10, TimeUnit.SECONDS);
  }

  @Test
  void aGoAwayOfTheRemotesDoesNotRaiseTheLastStreamAgain() throws Exception {
    Rig.Route route = rig.route();
    RawClient client = route.client();
    request(client, route.remote(), 1);
    CompletableFuture<Void> drained = drain(LONG);
    client.send(Frame.ping(Frame.ACK, opaque(expectAnnouncement(client))));
    client.read(Frame.GOAWAY);

    route.remote().send(Frame.goAway(Integer.MAX_VALUE, 0, "me too"));
    Frame passed = client.read(Frame.GOAWAY);
    assertThat(passed.number(0)).isEqualTo(1);
    assertThat(passed.text(8)).isEqualTo("me too");
    answer(route.remote(), client, 1);

    client.read(Frame.GOAWAY);
    client.close();
    drained.get(10, TimeUnit.SECONDS);
  }

  @Test
  void whatIsOpenWhenTheTimeIsUpIsToldSo() throws Exception {
    Rig.Route route = rig.route();
    RawClient client = route.client();
    request(client, route.remote(), 1);
    CompletableFuture<Void> drained = drain(Duration.ofMillis(300));
    client.send(Frame.ping(Frame.ACK, opaque(expectAnnouncement(client))));
    client.read(Frame.GOAWAY);

    Block trailers = client.readBlock();
    assertThat(trailers.field("grpc-status")).isEqualTo("14");
    assertThat(trailers.field("grpc-message")).isEqualTo("the tunnel was closed");
    client.read(Frame.GOAWAY);
    client.close();
    drained.get(10, TimeUnit.SECONDS);
  }

  @Test
  void aConnectionWithoutRequestsEndsAfterOneRoundTrip() throws Exception {
    RawClient client = rig.route().client();
    CompletableFuture<Void> drained = drain(LONG);
    client.send(Frame.ping(Frame.ACK, opaque(expectAnnouncement(client))));
    client.read(Frame.GOAWAY);
    client.read(Frame.GOAWAY);
    client.close();
    drained.get(10, TimeUnit.SECONDS);
  }

  @Test
  void newConnectionsAreRefusedMeanwhile() throws Exception {
    Rig.Route route = rig.route();
    int port = rig.tunnel().port();
    RawClient stranger = rig.silentClient();
    request(route.client(), route.remote(), 1);
    CompletableFuture<Void> drained = drain(LONG);
    expectAnnouncement(route.client());

    stranger.expectGone();
    assertThatThrownBy(() -> RawClient.silent(port)).isInstanceOf(UncheckedIOException.class);
    route.client().reset();
    drained.get(10, TimeUnit.SECONDS);
  }

  @Test
  void aNegativeTimeIsRefused() {
    TlsTunnel tunnel = rig.tunnel();
    assertThatThrownBy(() -> tunnel.close(Duration.ofSeconds(-1)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("drain: PT-1S (expected: >= 0)");
    assertThat(tunnel.state()).isEqualTo(TunnelState.RUNNING);
  }

  @Test
  void aConnectionThatHasBecomeOldIsDrained() {
    rig.tunnel(builder -> builder.maxConnectionAge(Duration.ofMillis(400)));
    Rig.Route route = rig.route();
    RawClient client = route.client();
    request(client, route.remote(), 1);

    Frame ping = expectAnnouncement(client);
    client.send(Frame.ping(Frame.ACK, opaque(ping)));
    client.read(Frame.GOAWAY);
    answer(route.remote(), client, 1);
    client.read(Frame.GOAWAY);
    client.expectEnd();
    assertThat(rig.tunnel().state()).isEqualTo(TunnelState.RUNNING);
  }

  @Test
  void aConnectionThatNobodyUsesIsEndedAndOneInUseIsNot() {
    rig.tunnel(builder -> builder.idleTimeout(Duration.ofSeconds(2)));
    Rig.Route used = rig.route();
    request(used.client(), used.remote(), 1);
    Rig.Route idle = rig.route();

    Frame ping = expectAnnouncement(idle.client());
    idle.client().send(Frame.ping(Frame.ACK, opaque(ping)));
    idle.client().read(Frame.GOAWAY);
    idle.client().read(Frame.GOAWAY);
    idle.client().expectEnd();
    answer(used.remote(), used.client(), 1);
  }

  private CompletableFuture<Void> drain(Duration time) {
    TlsTunnel tunnel = rig.tunnel();
    return CompletableFuture.runAsync(() -> tunnel.close(time));
  }

  /** GOAWAY that names no stream, then the PING whose ACK the tunnel waits for. */
  private static Frame expectAnnouncement(RawClient client) {
    assertThat(client.read(Frame.GOAWAY).number(0)).isEqualTo(Integer.MAX_VALUE);
    return client.read(Frame.PING);
  }

  private static long opaque(Frame ping) {
    return ((long) ping.number(0) << 32) | (ping.number(4) & 0xffff_ffffL);
  }

  private static void request(RawClient client, Peer remote, int streamId) {
    client.send(client.grpcRequest(streamId, Frame.END_STREAM));
    assertThat(remote.readBlock().streamId()).isEqualTo(streamId);
  }

  private static void answer(Peer remote, RawClient client, int streamId) {
    remote.send(remote.headers(streamId, Frame.END_STREAM, ":status: 200", "grpc-status: 0"));
    assertThat(client.readBlock().field("grpc-status")).isEqualTo("0");
  }
}
