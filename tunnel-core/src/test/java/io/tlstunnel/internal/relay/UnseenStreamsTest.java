package io.tlstunnel.internal.relay;

import static org.assertj.core.api.Assertions.assertThat;

import io.tlstunnel.Limits;
import io.tlstunnel.testpeer.Block;
import io.tlstunnel.testpeer.Frame;
import io.tlstunnel.testpeer.Peer;
import io.tlstunnel.testpeer.RawClient;
import io.tlstunnel.testpeer.Rig;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Streams that the tunnel answered itself are idle for the remote, which must end the connection
 * over any frame on them (RFC 9113, 5.1): a client that gives up late must not take the others
 * down.
 */
class UnseenStreamsTest {
  private static final int CANCEL = 8;

  @RegisterExtension final Rig rig = new Rig();

  @Test
  void resetThatCrossesTheAnswerOfARequestThatWaitedStaysHere() {
    RawClient client = rig.client();
    client.send(
        client.grpcRequest(1, Frame.END_STREAM),
        client.grpcRequest(3, Frame.END_STREAM, "grpc-timeout: 200m"));
    assertThat(client.readBlock().streamId()).isEqualTo(3);
    client.send(Frame.windowUpdate(3, 9), Frame.reset(3, CANCEL));

    Peer remote = rig.remote();
    remote.expect(Frame.settings());
    assertThat(remote.readBlock().streamId()).isEqualTo(1);
    client.passThrough(remote);
  }

  @Test
  void resetThatCrossesARefusalStaysHere() {
    rig.tunnel(builder -> builder.limits(Limits.defaults().maxHeaderFields(10)));
    Rig.Route route = rig.route();
    RawClient client = route.client();
    client.send(client.grpcRequest(1, Frame.END_STREAM));
    route.remote().readBlock();
    client.send(client.grpcRequest(3, 0, "a: 1", "b: 2", "c: 3", "d: 4", "e: 5"));
    client.send(Frame.data(3, Frame.END_STREAM, "12345"));
    client.send(Frame.windowUpdate(3, 9), Frame.reset(3, CANCEL));
    assertThat(client.readBlock().field("grpc-status")).isEqualTo("8");
    client.expect(Frame.reset(3, 0), Frame.windowUpdate(0, 5));
    client.pingThrough(route.remote());

    client.send(client.grpcRequest(5, Frame.END_STREAM), Frame.reset(5, CANCEL));
    assertThat(route.remote().readBlock().streamId()).isEqualTo(5);
    route.remote().expect(Frame.reset(5, CANCEL));
  }

  @Test
  void resetOfAStreamThatADrainRefusedStaysHere() throws Exception {
    Rig.Route route = rig.route();
    RawClient client = route.client();
    client.send(client.grpcRequest(1, 0));
    route.remote().readBlock();
    CompletableFuture<Void> drained =
        CompletableFuture.runAsync(() -> rig.tunnel().close(Duration.ofSeconds(30)));
    client.read(Frame.GOAWAY);
    Frame ping = client.read(Frame.PING);
    client.send(Frame.of(Frame.PING, Frame.ACK, 0, ping.payload()));
    client.read(Frame.GOAWAY);

    client.send(client.grpcRequest(3, Frame.END_STREAM), Frame.reset(3, CANCEL));
    client.expect(Frame.reset(3, 7));
    client.pingThrough(route.remote());
    route.remote().send(route.remote().headers(1, Frame.END_STREAM, ":status: 200"));
    Block answer = client.readBlock();
    assertThat(answer.streamId()).isEqualTo(1);
    client.send(Frame.data(1, Frame.END_STREAM, ""));
    client.read(Frame.GOAWAY);
    client.close();
    drained.get(10, TimeUnit.SECONDS);
  }

  @Test
  void resetOfAStreamThatNobodyOpenedIsTheRemotesToJudge() {
    Rig.Route route = rig.route();
    route.client().send(Frame.reset(7, CANCEL), Frame.windowUpdate(9, 1));
    route.remote().expect(Frame.reset(7, CANCEL), Frame.windowUpdate(9, 1));
  }
}
