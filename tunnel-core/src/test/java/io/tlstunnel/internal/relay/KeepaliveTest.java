package io.tlstunnel.internal.relay;

import static org.assertj.core.api.Assertions.assertThat;

import io.tlstunnel.testpeer.Block;
import io.tlstunnel.testpeer.Frame;
import io.tlstunnel.testpeer.Peer;
import io.tlstunnel.testpeer.RawClient;
import io.tlstunnel.testpeer.Rig;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A remote that has died without a word is noticed, and one that lives is not bothered. */
class KeepaliveTest {
  private static final Duration INTERVAL = Duration.ofMillis(300);
  private static final int ENHANCE_YOUR_CALM = 11;

  @RegisterExtension final Rig rig = new Rig();

  @BeforeEach
  void startTunnel() {
    rig.tunnel(builder -> builder.keepAlive(INTERVAL, Duration.ofMillis(500)));
  }

  @Test
  void aSilentRemoteIsAskedAndThenGivenUp() {
    Rig.Route route = rig.route();
    RawClient client = route.client();
    request(client, route.remote(), 1);

    route.remote().read(Frame.PING);

    Block answer = client.readBlock();
    assertThat(answer.field("grpc-status")).isEqualTo("14");
    assertThat(answer.field("grpc-message"))
        .startsWith("connection to 127.0.0.1:")
        .contains("silent for 800 ms and did not answer a PING");
    client.expectAnnouncement();
  }

  @Test
  void anAnswerKeepsTheConnectionAndIsNotForwarded() {
    Rig.Route route = rig.route();
    RawClient client = route.client();
    Peer remote = route.remote();
    request(client, remote, 1);
    for (int i = 0; i < 3; i++) {
      Frame ping = remote.read(Frame.PING);
      assertThat(ping.has(Frame.ACK)).isFalse();
      remote.send(Frame.of(Frame.PING, Frame.ACK, 0, ping.payload()));
    }
    // Were one of the ACKs forwarded, it would be here in the answer's place.
    remote.send(remote.headers(1, Frame.END_STREAM, ":status: 200", "grpc-status: 0"));
    assertThat(client.readBlock().field("grpc-status")).isEqualTo("0");
  }

  @Test
  void withoutRequestsNothingIsAsked() {
    Rig.Route idle = rig.route();
    Rig.Route busy = rig.route();
    request(busy.client(), busy.remote(), 1);
    Frame ping = busy.remote().read(Frame.PING); // the interval has passed on both
    busy.remote().send(Frame.of(Frame.PING, Frame.ACK, 0, ping.payload()));
    busy.remote().read(Frame.PING);

    idle.client().pingThrough(idle.remote());
  }

  @Test
  void aRemoteThatComplainsIsAskedHalfAsOften() {
    Rig.Route first = rig.route();
    request(first.client(), first.remote(), 1);
    first.remote().read(Frame.PING);
    first.remote().send(Frame.goAway(1, ENHANCE_YOUR_CALM, "too_many_pings"));
    first.client().read(Frame.GOAWAY);

    Rig.Route second = rig.route();
    long begun = System.nanoTime();
    request(second.client(), second.remote(), 1);
    second.remote().read(Frame.PING);
    assertThat(Duration.ofNanos(System.nanoTime() - begun)).isGreaterThan(INTERVAL);
  }

  @Test
  void aRemoteThatHasAnotherReasonToComplainIsAskedAsOften() {
    Rig.Route first = rig.route();
    request(first.client(), first.remote(), 1);
    for (int i = 0; i < 40; i++) {
      Frame complaint = Frame.goAway(1, ENHANCE_YOUR_CALM, "too many requests");
      first.remote().send(complaint);
      first.client().expect(complaint);
    }
    Rig.Route second = rig.route();
    request(second.client(), second.remote(), 1);
    second.remote().read(Frame.PING);
  }

  @Test
  void aRemoteThatNeverStopsComplainingIsAskedOnceADay() {
    Rig.Route first = rig.route();
    request(first.client(), first.remote(), 1);
    for (int i = 0; i < 100; i++) {
      Frame complaint = Frame.goAway(1, ENHANCE_YOUR_CALM, "too_many_pings");
      first.remote().send(complaint);
      first.client().expect(complaint);
    }
    Rig.Route second = rig.route();
    request(second.client(), second.remote(), 1);
    second.client().pingThrough(second.remote());
  }

  private static void request(RawClient client, Peer remote, int streamId) {
    client.send(client.grpcRequest(streamId, Frame.END_STREAM));
    assertThat(remote.readBlock().streamId()).isEqualTo(streamId);
  }
}
