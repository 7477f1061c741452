package io.tlstunnel.internal.relay;

import static org.assertj.core.api.Assertions.assertThat;

import io.tlstunnel.Limits;
import io.tlstunnel.event.TunnelEvent;
import io.tlstunnel.testpeer.Frame;
import io.tlstunnel.testpeer.Peer;
import io.tlstunnel.testpeer.RawClient;
import io.tlstunnel.testpeer.Rig;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * What the tunnel has to say waits for the end of a frame that is too long to be held. No remote
 * may send one: it is told 16,384 bytes, whatever the client takes. One that does so is the
 * client's to judge.
 */
class LongFramesTest {
  private static final int LONG = 200_000;
  private static final Frame SETTINGS = Frame.settings(0x5, 1 << 20, 0x4, 1 << 24);
  private static final Frame CLIENT_SETTINGS = Frame.settings(0x4, 1 << 24);

  @RegisterExtension final Rig rig = new Rig();

  @Test
  void whatWaitsIsSaidAtTheFramesEndEvenIfTheRemoteThenFallsSilent() throws Exception {
    rig.tunnel(builder -> builder.limits(Limits.defaults().maxHeaderFields(10)));
    Rig.Route route = rig.route(CLIENT_SETTINGS, SETTINGS);
    RawClient client = route.client();
    Peer remote = route.remote();
    client.send(client.grpcRequest(1, Frame.END_STREAM));
    remote.readBlock();
    Frame answer = Frame.data(1, 0, LONG);
    byte[] bytes = answer.encode();
    remote.sendBytes(Arrays.copyOf(bytes, LONG / 2));
    client.awaitMore();
    client.send(client.grpcRequest(3, Frame.END_STREAM, "a: 1", "b: 2", "c: 3", "d: 4", "e: 5"));
    client.pingThrough(remote);
    remote.sendBytes(Arrays.copyOfRange(bytes, LONG / 2, bytes.length));

    client.expect(answer);
    assertThat(client.readBlock().field("grpc-status")).isEqualTo("8");
  }

  @Test
  void drainWaitsForTheEndOfALastFrame() throws Exception {
    Rig.Route route = rig.route(CLIENT_SETTINGS, SETTINGS);
    RawClient client = route.client();
    Peer remote = route.remote();
    client.send(client.plainRequest(1, Frame.END_STREAM));
    remote.readBlock();
    CompletableFuture<Void> drained = drain(client);

    remote.send(remote.headers(1, 0, ":status: 200"));
    client.readBlock();
    Frame last = Frame.data(1, Frame.END_STREAM, LONG);
    byte[] bytes = last.encode();
    remote.sendBytes(Arrays.copyOf(bytes, LONG / 2));
    client.pingThrough(remote);
    remote.sendBytes(Arrays.copyOfRange(bytes, LONG / 2, bytes.length));
    client.expect(last);
    client.read(Frame.GOAWAY);
    client.close();
    drained.get(10, TimeUnit.SECONDS);
  }

  @Test
  void drainWaitsForTheEndOfALastHeaderBlock() throws Exception {
    Rig.Route route = rig.route();
    RawClient client = route.client();
    Peer remote = route.remote();
    client.send(client.grpcRequest(1, Frame.END_STREAM));
    remote.readBlock();
    CompletableFuture<Void> drained = drain(client);

    byte[] block = remote.encode(":status: 200", "grpc-status: 0", "grpc-message: fine");
    Frame begun = Frame.of(Frame.HEADERS, Frame.END_STREAM, 1, Arrays.copyOf(block, 1));
    Frame rest =
        Frame.of(
            Frame.CONTINUATION, Frame.END_HEADERS, 1, Arrays.copyOfRange(block, 1, block.length));
    remote.send(begun);
    client.expect(begun);
    client.pingThrough(remote);
    remote.send(rest);
    client.expect(rest);
    client.read(Frame.GOAWAY);
    client.close();
    drained.get(10, TimeUnit.SECONDS);
  }

  @Test
  void remoteLostWithinALastFrameIsALossAndNotAnIdleEnd() {
    Rig.Route route = rig.route(CLIENT_SETTINGS, SETTINGS);
    RawClient client = route.client();
    client.send(client.plainRequest(1, Frame.END_STREAM));
    route.remote().readBlock();
    byte[] bytes = Frame.data(1, Frame.END_STREAM, LONG).encode();
    route.remote().sendBytes(Arrays.copyOf(bytes, LONG / 2));
    client.pingThrough(route.remote());
    route.remote().close();
    client.expectGone();
    assertThat(rig.events(TunnelEvent.RouteLost.class)).hasSize(1);
  }

  @Test
  void headersLongerThanAnyBlockMayBeEndTheConnectionWithTheReason() {
    rig.tunnel(builder -> builder.limits(Limits.defaults().maxHeaderListSize(1_024)));
    Rig.Route route = rig.route(CLIENT_SETTINGS, SETTINGS);
    RawClient client = route.client();
    byte[] headers = Frame.of(Frame.HEADERS, Frame.END_HEADERS, 1, new byte[20_000]).encode();
    client.sendBytes(Arrays.copyOf(headers, 5_000));
    Frame goAway = client.read(Frame.GOAWAY);
    assertThat(goAway.number(4)).as("ENHANCE_YOUR_CALM").isEqualTo(11);
    assertThat(goAway.text(8)).isEqualTo("header block of more than 16384 bytes");
    client.expectEnd();
  }

  @Test
  void settingsTooLongToBeReadEndTheConnection() {
    Rig.Route route = rig.route(CLIENT_SETTINGS, SETTINGS);
    RawClient client = route.client();
    client.send(client.grpcRequest(1, Frame.END_STREAM));
    route.remote().readBlock();
    int[] entries = new int[2 * 2_731];
    Arrays.fill(entries, 0x9);
    route.remote().send(Frame.settings(entries));
    assertThat(client.readBlock().field("grpc-message"))
        .contains("the remote does not keep to HTTP/2: a SETTINGS frame of 16386 bytes");
    client.expectEnding(1);
  }

  /** Begins to drain the rig's tunnel, and acknowledges what it announces. */
  private CompletableFuture<Void> drain(RawClient client) {
    CompletableFuture<Void> drained =
        CompletableFuture.runAsync(() -> rig.tunnel().close(Duration.ofSeconds(30)));
    client.read(Frame.GOAWAY);
    client.send(Frame.of(Frame.PING, Frame.ACK, 0, client.read(Frame.PING).payload()));
    client.read(Frame.GOAWAY);
    return drained;
  }
}
