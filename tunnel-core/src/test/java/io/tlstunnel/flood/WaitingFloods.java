package io.tlstunnel.flood;

import static org.assertj.core.api.Assertions.assertThat;

import io.tlstunnel.event.Limit;
import io.tlstunnel.testpeer.Frame;
import io.tlstunnel.testpeer.Peer;
import io.tlstunnel.testpeer.Pump;
import io.tlstunnel.testpeer.RawClient;
import io.tlstunnel.testpeer.Rig;
import io.tlstunnel.testpeer.Sink;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.util.List;
import java.util.function.IntFunction;

/** Floods before the remote has spoken: the tunnel itself is the client's server. */
final class WaitingFloods {
  /** What waits, and what is under way in two sockets: far less than any flood here. */
  private static final int MAX_TAKEN = 12 << 20;

  private static final int BATCH = 1_000;
  private static final int MAX_OPEN = 16_384;

  private WaitingFloods() {}

  static List<Flood> rows() {
    return List.of(
        Flood.of(
            "2b",
            "PING without end while the route is built",
            rig -> flood(rig, i -> Requests.many(BATCH, n -> Frame.ping(0, n)))),
        Flood.of(
            "3b",
            "PRIORITY without end while the route is built",
            rig -> flood(rig, i -> Requests.many(BATCH, n -> Frame.priority(1, 3, n)))),
        Flood.of("5b", "100,000 SETTINGS while the route is built", rig -> settings(waiting(rig))),
        Flood.of("5c", "100,000 SETTINGS before the remote's first", WaitingFloods::settingsEarly),
        Flood.of(
            "9b",
            "rapid resets without end while the route is built",
            rig -> flood(rig, i -> Requests.rapidResets(1 + 2 * BATCH * i, BATCH))),
        Flood.of("9c", "200,000 resets of requests with deadlines", WaitingFloods::deadlines),
        Flood.of(
            "10c",
            "frames without end between the halves of header blocks",
            rig -> flood(rig, WaitingFloods::betweenHalves)),
        Flood.of("14", "100,000 open streams before SETTINGS", WaitingFloods::openStreams)
            .within(12, 4),
        Flood.of("14b", "stream ids that would share a slot", WaitingFloods::collidingIds));
  }

  /** A client whose route is never built: TCP is accepted, and nothing is said. */
  static RawClient waiting(Rig rig) {
    RawClient client = rig.client();
    Socket silent = rig.server().acceptTcp();
    rig.afterwards(
        () -> {
          try {
            silent.close();
          } catch (IOException failed) {
            throw new UncheckedIOException(failed);
          }
        });
    return client;
  }

  /** The client sends up to 100 MB: the tunnel stops to read it. */
  private static void flood(Rig rig, IntFunction<byte[]> batch) {
    Pump pump = Pump.ofBytes(waiting(rig), 6_000, batch);
    assertThat(pump.awaitStalled()).as("bytes taken").isLessThan(MAX_TAKEN);
    assertThat(pump.running()).as("the client has more to send").isTrue();
  }

  private static void settings(RawClient client) {
    byte[] batch = Requests.many(BATCH, i -> Frame.settings(0x3, i));
    Pump.ofBytes(client, 100, i -> batch);
    Frame next = client.read();
    while (next.type() == Frame.SETTINGS && next.has(Frame.ACK)) {
      next = client.read();
    }
    HeaderFloods.expectCalm(next, "more than 100 SETTINGS frames before the remote's first");
  }

  private static void settingsEarly(Rig rig) {
    RawClient client = rig.client();
    new Sink(rig.remote());
    settings(client);
    HeaderFloods.expectHit(rig, Limit.SETTINGS_FRAMES, 1);
  }

  /** The remote takes requests and does not speak: each has a deadline that the tunnel watches. */
  private static void deadlines(Rig rig) {
    RawClient client = rig.client();
    Sink remote = new Sink(rig.remote());
    Pump.ofBytes(
            client,
            200,
            batch ->
                Requests.many(
                    2 * BATCH,
                    i -> {
                      int streamId = 1 + 2 * (batch * BATCH + i / 2);
                      return i % 2 == 0
                          ? Requests.withDeadline(streamId)
                          : Frame.reset(streamId, Requests.CANCEL);
                    }))
        .awaitDone();
    remote.await(Frame.RST_STREAM, 200_000);
  }

  /**
   * Each write ends within a header block, of which more may always come, and the next begins with
   * the rest.
   */
  private static byte[] betweenHalves(int number) {
    int streamId = 1 + 2 * number;
    Frame rest = Frame.of(Frame.CONTINUATION, Requests.END, streamId - 2);
    return Requests.many(
        BATCH,
        i -> {
          if (i == 0 && number > 0) {
            return rest;
          }
          return i < BATCH - 1
              ? Frame.ping(0, i)
              : Frame.of(Frame.HEADERS, 0, streamId, Requests.smallest(streamId, 0).payload());
        });
  }

  private static void openStreams(Rig rig) {
    RawClient client = rig.client();
    Sink remote = new Sink(rig.remote());
    Sink answers = new Sink(client);
    Pump.ofBytes(
            client,
            100,
            batch -> Requests.many(BATCH, i -> Requests.withDeadline(1 + 2 * (batch * BATCH + i))))
        .awaitDone();
    answers.await(Frame.RST_STREAM, 100_000 - MAX_OPEN);
    remote.await(Frame.HEADERS, MAX_OPEN);
    assertThat(remote.count(Frame.HEADERS)).isEqualTo(MAX_OPEN);
    HeaderFloods.expectHit(rig, Limit.OPEN_STREAMS, 100_000 - MAX_OPEN);
  }

  /** Without a secret in the table's hash each look would walk past some thousand streams. */
  private static void collidingIds(Rig rig) {
    Rig.Route route = rig.route();
    Peer remote = route.remote();
    Sink taken = new Sink(remote);
    int streams = 15_000;
    byte[] open = Requests.many(streams, i -> Requests.smallest(1 + (i << 17), 0));
    byte[] resets =
        Requests.many(BATCH, i -> Frame.reset(1 + ((streams + i) << 17), Requests.CANCEL));
    Pump.ofBytes(route.client(), 1, i -> open).awaitDone();
    taken.await(Frame.HEADERS, streams);
    Pump.ofBytes(route.client(), 200, i -> resets).awaitDone();
    taken.await(Frame.RST_STREAM, 200L * BATCH);
  }
}
