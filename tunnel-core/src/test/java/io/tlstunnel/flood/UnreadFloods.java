package io.tlstunnel.flood;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.tlstunnel.event.Limit;
import io.tlstunnel.testpeer.Frame;
import io.tlstunnel.testpeer.Pump;
import io.tlstunnel.testpeer.RawClient;
import io.tlstunnel.testpeer.Rig;
import io.tlstunnel.testpeer.Sink;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/** Floods whose answers nobody reads, and peers that do not read at all. */
final class UnreadFloods {
  private static final Frame NO_WINDOW_LIMIT = Frame.settings(0x4, Integer.MAX_VALUE);
  private static final int CHUNK = 16_384;
  private static final int GIB_IN_CHUNKS = (1 << 30) / CHUNK;
  private static final int BATCH = 1_000;

  private UnreadFloods() {}

  static List<Flood> rows() {
    return List.of(
        Flood.of("2", "PING whose ACKs nobody reads", UnreadFloods::pings),
        Flood.of("4", "requests whose resets nobody reads", UnreadFloods::resets),
        Flood.of("4b", "refusals of the tunnel's that nobody reads", UnreadFloods::refusals)
            .with(limits -> limits.maxHeaderFields(10)),
        Flood.of("4c", "the same behind half a frame of the remote's", UnreadFloods::behindAFrame)
            .with(limits -> limits.maxHeaderFields(10)),
        Flood.of("7", "1 GB for a client that does not read", UnreadFloods::unreadResponse)
            .with(limits -> limits.stallTimeout(Duration.ofSeconds(2))),
        Flood.of("7b", "1 GB for a remote that does not read", UnreadFloods::unreadRequest)
            .with(limits -> limits.stallTimeout(Duration.ofSeconds(2))),
        Flood.of("1b", "frames of 16 KB, a byte at a time", UnreadFloods::byteByByte)
            .within(12, 4));
  }

  private static void pings(Rig rig) {
    Rig.Route route = rig.route();
    new Sink(
        route.remote(),
        frame ->
            frame.type() == Frame.PING
                ? Frame.of(Frame.PING, Frame.ACK, 0, frame.payload())
                : null);
    byte[] batch = Requests.many(BATCH, i -> Frame.ping(0, i));
    Pump.ofBytes(route.client(), 2_000, i -> batch).awaitStalled();
  }

  private static void resets(Rig rig) {
    Rig.Route route = rig.route();
    new Sink(
        route.remote(),
        frame -> frame.type() == Frame.HEADERS ? FrameFloods.reset(frame.streamId()) : null);
    Pump.ofBytes(
            route.client(),
            1_000,
            batch -> Requests.many(BATCH, i -> Requests.smallest(1 + 2 * (batch * BATCH + i), 0)))
        .awaitStalled();
  }

  private static Pump refused(RawClient client) {
    byte[] block = Requests.repeating(2, 11);
    return Pump.ofBytes(
        client,
        4_000,
        batch ->
            Requests.many(
                BATCH,
                i -> Frame.of(Frame.HEADERS, Requests.WHOLE, 1 + 2 * (batch * BATCH + i), block)));
  }

  private static void refusals(Rig rig) {
    Pump pump = refused(rig.route().client());
    pump.awaitStalled();
    assertThat(pump.running()).as("the client has more to send").isTrue();
    assertThat(rig.tunnel().stats().requestsAnswered()).isGreaterThan(100);
  }

  /**
   * While the remote is in the middle of a frame that is longer than allowed the tunnel cannot say
   * a word.
   */
  private static void behindAFrame(Rig rig) {
    Rig.Route route = rig.route();
    Frame large = Frame.data(1, 0, 500_000);
    byte[] half = Arrays.copyOf(large.encode(), 300_000);
    route.client().send(Requests.smallest(1, 0));
    route.remote().sendBytes(half);
    RawClient client = route.client();
    Pump pump = refused(client);
    pump.awaitStalled();
    assertThat(pump.running()).as("the client has more to send").isTrue();
    assertThat(rig.tunnel().stats().requestsAnswered()).isGreaterThan(100);
  }

  private static void unreadResponse(Rig rig) {
    Rig.Route route = rig.route(NO_WINDOW_LIMIT, NO_WINDOW_LIMIT);
    route.client().send(route.client().grpcRequest(1, Frame.END_STREAM));
    route.remote().readBlock();
    byte[] frame = Frame.data(1, 0, CHUNK).encode();
    Pump pump = Pump.ofBytes(route.remote(), GIB_IN_CHUNKS, i -> frame);
    HeaderFloods.expectHit(rig, Limit.STALL_TIMEOUT, 1);
    await().atMost(Duration.ofSeconds(30)).until(() -> !pump.running());
    assertThat(pump.sentBytes()).as("the remote was stopped").isLessThan(100L << 20);
  }

  private static void unreadRequest(Rig rig) {
    Rig.Route route = rig.route(NO_WINDOW_LIMIT, NO_WINDOW_LIMIT);
    route.client().send(route.client().grpcRequest(1, 0));
    route.remote().readBlock();
    byte[] frame = Frame.data(1, 0, CHUNK).encode();
    Pump pump = Pump.ofBytes(route.client(), GIB_IN_CHUNKS, i -> frame);
    assertThat(route.client().readBlock().field("grpc-message"))
        .contains("the remote has read nothing for 2000 ms, though requests wait");
    HeaderFloods.expectHit(rig, Limit.STALL_TIMEOUT, 1);
    await().atMost(Duration.ofSeconds(30)).until(() -> !pump.running());
  }

  /** Held until they are whole, they must not hold a buffer for each byte. */
  private static void byteByByte(Rig rig) {
    byte[] frame = Frame.data(1, 0, CHUNK).encode();
    List<Rig.Route> routes = Stream.generate(rig::route).limit(4).toList();
    routes.forEach(route -> route.client().send(Requests.smallest(1, 0)));
    for (int i = 0; i < CHUNK; i++) {
      byte[] one = {frame[i]};
      routes.forEach(route -> route.client().sendBytes(one));
    }
  }
}
