package io.tlstunnel.flood;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.codec.http2.Http2Error;
import io.tlstunnel.testpeer.Frame;
import io.tlstunnel.testpeer.Peer;
import io.tlstunnel.testpeer.Pump;
import io.tlstunnel.testpeer.Rig;
import io.tlstunnel.testpeer.Sink;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.function.IntFunction;
import java.util.zip.GZIPOutputStream;

/**
 * Floods of frames that pass: they are the remote's to judge, and cost the tunnel nothing but the
 * way. The remotes here read all of them.
 */
final class FrameFloods {
  private static final int MAX_WINDOW = Integer.MAX_VALUE;
  private static final int BATCH = 1_000;

  private FrameFloods() {}

  static List<Flood> rows() {
    return List.of(
        Flood.of("1", "windows of one byte", FrameFloods::dataDribble),
        Flood.of("3", "200,000 PRIORITY", rig -> pass(rig, 200, i -> Frame.priority(1, 3, i))),
        Flood.of("5", "100,000 SETTINGS", rig -> pass(rig, 100, i -> Frame.settings(0x3, i))),
        Flood.of("8", "100,000 empty DATA", rig -> pass(rig, 100, i -> Frame.data(1, 0, ""))),
        Flood.of("9", "100,000 rapid resets", FrameFloods::rapidReset),
        Flood.of("12", "made you reset, 5 x 20,000", FrameFloods::madeYouReset),
        Flood.of("13", "a header list of one byte allowed", FrameFloods::tinyHeaderList),
        Flood.of("19", "a window of zero", FrameFloods::zeroWindow),
        Flood.of("20", "window overflow", FrameFloods::windowOverflow),
        Flood.of(
            "21",
            "200,000 frames of no known type",
            rig -> pass(rig, 200, i -> Frame.of(0xa + i % 7, 0, 0, (byte) i))),
        Flood.of(
            "22", "500,000 WINDOW_UPDATE", rig -> pass(rig, 500, i -> Frame.windowUpdate(1, 1))),
        Flood.of("23", "a decompression bomb", FrameFloods::decompressionBomb));
  }

  /** So many thousand frames on or beside an open stream; the connection is as good as before. */
  private static void pass(Rig rig, int thousands, IntFunction<Frame> frame) {
    Rig.Route route = rig.route();
    route.client().send(Requests.smallest(1, 0));
    Sink remote = new Sink(route.remote());
    byte[] batch = Requests.many(BATCH, frame);
    Pump.ofBytes(route.client(), thousands, i -> batch).awaitDone();
    route.client().send(Frame.reset(1, Requests.CANCEL), Frame.goAway(0, 0, ""));
    remote.await(Frame.GOAWAY, 1);
    long passed = remote.count(frame.apply(0).type());
    assertThat(passed).isGreaterThanOrEqualTo(frame.apply(0).type() < 0xa ? BATCH * thousands : 1);
  }

  private static void dataDribble(Rig rig) {
    Rig.Route route = rig.route();
    route.client().send(route.client().grpcRequest(1, Frame.END_STREAM));
    route.remote().readBlock();
    route.remote().send(route.remote().headers(1, 0, ":status: 200"));
    new Sink(
        route.remote(),
        frame -> frame.type() == Frame.WINDOW_UPDATE ? Frame.data(1, 0, "x") : null);
    Sink client = new Sink(route.client());
    for (int i = 0; i < 2_000; i++) {
      route.client().send(Frame.windowUpdate(1, 1));
    }
    client.await(Frame.DATA, 2_000);
    assertThat(client.count(Frame.DATA)).isEqualTo(2_000);
  }

  private static void rapidReset(Rig rig) {
    Rig.Route route = rig.route();
    Sink remote = new Sink(route.remote());
    Pump.ofBytes(route.client(), 100, i -> Requests.rapidResets(1 + 2_000 * i, BATCH)).awaitDone();
    remote.await(Frame.RST_STREAM, 100_000);
    assertThat(remote.count(Frame.HEADERS)).isEqualTo(100_000);
    route.client().send(Requests.smallest(300_001, Frame.END_STREAM));
    remote.await(Frame.HEADERS, 100_001);
  }

  /** What makes a server reset: each stream gets one of five, and the remote resets it. */
  private static void madeYouReset(Rig rig) {
    Rig.Route route = rig.route();
    new Sink(
        route.remote(), frame -> frame.type() == Frame.HEADERS ? reset(frame.streamId()) : null);
    Sink client = new Sink(route.client());
    List<IntFunction<Frame>> triggers =
        List.of(
            id -> Frame.windowUpdate(id, 0),
            id -> Frame.windowUpdate(id, MAX_WINDOW),
            id -> Frame.data(id, 0, "after the end"),
            id -> Frame.priority(id, id, 1),
            id -> Frame.of(Frame.PRIORITY, 0, id, (byte) 0));
    Pump.ofBytes(
            route.client(),
            100,
            batch -> {
              ByteArrayOutputStream bytes = new ByteArrayOutputStream();
              for (int i = 0; i < BATCH; i++) {
                int id = 1 + 2 * (batch * BATCH + i);
                bytes.writeBytes(Requests.smallest(id, Frame.END_STREAM).encode());
                bytes.writeBytes(triggers.get(i % triggers.size()).apply(id).encode());
              }
              return bytes.toByteArray();
            })
        .awaitDone();
    client.await(Frame.RST_STREAM, 100_000);
  }

  static Frame reset(int streamId) {
    return Frame.reset(streamId, (int) Http2Error.PROTOCOL_ERROR.code());
  }

  /** Status 200, by its index. */
  private static Frame ok(int streamId, int flags) {
    return Frame.of(Frame.HEADERS, flags, streamId, (byte) 0x88);
  }

  private static void tinyHeaderList(Rig rig) {
    Rig.Route route = rig.route(Frame.settings(0x6, 1), Frame.settings());
    new Sink(
        route.remote(),
        frame -> frame.type() == Frame.HEADERS ? ok(frame.streamId(), Requests.WHOLE) : null);
    Sink client = new Sink(route.client());
    for (int batch = 0; batch < 10; batch++) {
      int first = 1 + batch * 2 * BATCH;
      route
          .client()
          .sendBytes(Requests.many(BATCH, i -> Requests.smallest(first + 2 * i, Frame.END_STREAM)));
    }
    client.await(Frame.HEADERS, 10_000);
  }

  private static void zeroWindow(Rig rig) {
    Rig.Route route = rig.route(Frame.settings(0x4, 0), Frame.settings());
    new Sink(
        route.remote(),
        frame -> frame.type() == Frame.HEADERS ? ok(frame.streamId(), Requests.END) : null);
    Sink client = new Sink(route.client());
    route
        .client()
        .sendBytes(Requests.many(BATCH, i -> Requests.smallest(1 + 2 * i, Frame.END_STREAM)));
    client.await(Frame.HEADERS, BATCH);
    assertThat(client.count(Frame.DATA)).isZero();
  }

  private static void windowOverflow(Rig rig) {
    Rig.Route route = rig.route();
    Peer remote = route.remote();
    Frame update = Frame.windowUpdate(0, MAX_WINDOW);
    route.client().send(update, update);
    remote.expect(update, update);
    int error = (int) Http2Error.FLOW_CONTROL_ERROR.code();
    remote.send(Frame.goAway(0, error, "overflow"));
    remote.close();
    assertThat(route.client().read(Frame.GOAWAY).number(4)).isEqualTo(error);
    route.client().read(Frame.GOAWAY);
    route.client().expectEnd();
    Rig.Route next = rig.route();
    next.client().pingThrough(next.remote());
  }

  /** The tunnel decompresses nothing: what comes in leaves, byte for byte. */
  private static void decompressionBomb(Rig rig) {
    Rig.Route route = rig.route();
    byte[] bomb = gzip(new byte[10 << 20]);
    assertThat(bomb.length).isLessThan(16_384);
    route.client().send(route.client().grpcRequest(1, Frame.END_STREAM));
    route.remote().readBlock();
    for (int i = 0; i < 100; i++) {
      route.remote().send(Frame.of(Frame.DATA, 0, 1, bomb));
      route.client().expect(Frame.of(Frame.DATA, 0, 1, bomb));
    }
  }

  private static byte[] gzip(byte[] plain) {
    ByteArrayOutputStream compressed = new ByteArrayOutputStream();
    try (GZIPOutputStream out = new GZIPOutputStream(compressed)) {
      out.write(plain);
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
    return compressed.toByteArray();
  }
}
