package io.tlstunnel.internal.relay;

import static org.assertj.core.api.Assertions.assertThat;

import io.tlstunnel.testpeer.Block;
import io.tlstunnel.testpeer.Frame;
import io.tlstunnel.testpeer.Peer;
import io.tlstunnel.testpeer.RawClient;
import io.tlstunnel.testpeer.Rig;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A request that waits for the route is answered before its own time is up. */
class DeadlineWhileWaitingTest {
  private static final int CANCEL = 8;

  @RegisterExtension final Rig rig = new Rig();

  @Test
  void requestIsAnsweredBeforeItsDeadlineWithTheStageThatTheRouteIsIn() {
    RawClient client = rig.client();
    long sent = System.nanoTime();
    client.send(client.grpcRequest(1, Frame.END_STREAM, "grpc-timeout: 4S"));
    Block answer = client.readBlock();
    assertThat(Duration.ofNanos(System.nanoTime() - sent)).isLessThan(Duration.ofSeconds(4));
    assertThat(answer.endStream()).isTrue();
    assertThat(answer.field(":status")).isEqualTo("200");
    assertThat(answer.field("content-type")).isEqualTo("application/grpc");
    assertThat(answer.field("grpc-status")).isEqualTo("14");
    assertThat(answer.field("grpc-message"))
        .startsWith("TLS handshake with 127.0.0.1:" + rig.server().port());
  }

  @Test
  void remoteNeverSeesTheAnsweredRequestAndLaterOnesArriveIntact() {
    RawClient client = rig.client();
    client.send(
        client.grpcRequest(1, 0, "grpc-timeout: 300m", "x-indexed: one"),
        Frame.data(1, 0, "12345"),
        client.grpcRequest(3, Frame.END_STREAM, "x-indexed: one", "x-other: two"));
    assertThat(client.readBlock().field("grpc-status")).isEqualTo("14");
    client.expect(Frame.reset(1, 0)); // the answer is complete, the rest need not be sent
    client.send(client.grpcRequest(5, Frame.END_STREAM, "x-other: two"));

    Peer remote = rig.remote();
    remote.expect(Frame.settings());
    Block second = remote.readBlock();
    assertThat(second.streamId()).isEqualTo(3);
    assertThat(second.fields()).contains("x-indexed: one", "x-other: two");
    Block third = remote.readBlock();
    assertThat(third.streamId()).isEqualTo(5);
    assertThat(third.fields()).contains(":authority: " + Rig.AUTHORITY, "x-other: two");
    client.expect(Frame.windowUpdate(0, 5));

    client.send(Frame.data(1, 0, "1234567"), Frame.windowUpdate(1, 4), Frame.reset(1, CANCEL));
    client.expect(Frame.windowUpdate(0, 7));
    client.passThrough(remote);

    remote.send(Frame.settings(), Frame.settingsAck());
    client.expectUnlimited();
    client.expect(Frame.settings());
    for (int id : new int[] {3, 5}) {
      remote.send(remote.headers(id, Frame.END_STREAM, ":status: 200", "x-server: itself"));
      assertThat(client.readBlock().field("x-server")).isEqualTo("itself");
    }
  }

  @Test
  void requestThatHasLeftIsCancelledAtTheRemote() {
    RawClient client = rig.client();
    client.send(client.grpcRequest(1, Frame.END_STREAM, "grpc-timeout: 1S"));
    Peer remote = rig.remote();
    remote.expect(Frame.settings());
    remote.readBlock();

    Block answer = client.readBlock();
    assertThat(answer.field("grpc-status")).isEqualTo("14");
    assertThat(answer.field("grpc-message"))
        .startsWith("HTTP/2 SETTINGS from 127.0.0.1:" + rig.server().port());
    remote.expect(Frame.reset(1, CANCEL));
    remote.send(Frame.settings(), Frame.settingsAck());
    client.expectUnlimited();
    client.expect(Frame.settings());
    client.pingThrough(remote);
  }

  @Test
  void responseThatCrossesTheCancellationDoesNotReachTheClientOnItsClosedStream() {
    RawClient client = rig.client();
    client.send(
        client.grpcRequest(1, Frame.END_STREAM, "grpc-timeout: 1S"),
        client.grpcRequest(3, Frame.END_STREAM));
    Peer remote = rig.remote();
    remote.expect(Frame.settings());
    remote.readBlock();
    remote.readBlock();
    assertThat(client.readBlock().streamId()).isEqualTo(1);
    remote.expect(Frame.reset(1, CANCEL));

    remote.send(Frame.settings(), Frame.settingsAck());
    remote.send(remote.headers(1, 0, ":status: 200", "x-indexed: by the late one"));
    remote.send(Frame.data(1, 0, "late"), Frame.windowUpdate(1, 10));
    byte[] block = remote.encode(":status: 200", "x-indexed: by the late one", "x-other: 2");
    remote.send(
        Frame.of(Frame.HEADERS, 0, 3, Arrays.copyOf(block, 2)),
        Frame.of(
            Frame.CONTINUATION, Frame.END_HEADERS, 3, Arrays.copyOfRange(block, 2, block.length)),
        Frame.data(3, 0, "in time"));
    remote.send(remote.headers(1, Frame.END_STREAM, "grpc-status: 0", "x-trailer: late"));
    remote.send(
        remote.headers(3, Frame.END_STREAM, "grpc-status: 0", "x-trailer: late", "x-other: 2"));

    client.expectUnlimited();
    client.expect(Frame.settings());
    Block answer = client.readBlock();
    assertThat(answer.streamId()).isEqualTo(3);
    assertThat(answer.fields())
        .containsExactly(":status: 200", "x-indexed: by the late one", "x-other: 2");
    client.expect(Frame.data(3, 0, "in time"));
    Block trailers = client.readBlock();
    assertThat(trailers.streamId()).isEqualTo(3);
    assertThat(trailers.endStream()).isTrue();
    assertThat(trailers.fields())
        .containsExactly("grpc-status: 0", "x-trailer: late", "x-other: 2");
    remote.expect(Frame.windowUpdate(0, "late".length()));
    client.pingThrough(remote);
  }

  @Test
  void requestThatComesWhenOnlyTheRemotesSettingsAreMissingIsAnsweredToo() {
    RawClient client = rig.client();
    Peer remote = rig.remote();
    remote.expect(Frame.settings());
    client.send(client.grpcRequest(1, Frame.END_STREAM, "grpc-timeout: 300m"));
    remote.readBlock();
    assertThat(client.readBlock().field("grpc-status")).isEqualTo("14");
    remote.expect(Frame.reset(1, CANCEL));
  }

  @Test
  void deadlineThatEndsAfterTheRemoteHasSpokenIsTheRemotesBusiness() {
    Rig.Route route = rig.route();
    route.client().send(route.client().grpcRequest(1, Frame.END_STREAM, "grpc-timeout: 1m"));
    assertThat(route.remote().readBlock().field("grpc-timeout")).isEqualTo("1m");
    route.client().pingThrough(route.remote());
    route.remote().pingThrough(route.client());
  }

  @Test
  void requestThatTheClientResetIsNotAnswered() {
    RawClient client = rig.client();
    client.send(
        client.grpcRequest(1, Frame.END_STREAM, "grpc-timeout: 200m"),
        Frame.reset(1, CANCEL),
        client.grpcRequest(3, Frame.END_STREAM, "grpc-timeout: 500m"));
    assertThat(client.readBlock().streamId()).isEqualTo(3);
  }

  @ParameterizedTest
  @CsvSource({"10000,9750", "4000,3800", "1000,950", "200,150", "60,30", "1,0.5", "0,0"})
  void marginIsATwentiethOfTheTimeAtLeast50AtMost250MillisAndNeverMoreThanHalf(
      long timeoutMillis, double expectedMillis) {
    long timeout = TimeUnit.MILLISECONDS.toNanos(timeoutMillis);
    assertThat(WaitingRoom.beforeDeadline(timeout)).isEqualTo((long) (expectedMillis * 1_000_000));
  }
}
