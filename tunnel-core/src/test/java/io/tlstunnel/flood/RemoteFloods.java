package io.tlstunnel.flood;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.handler.codec.http2.Http2Error;
import io.tlstunnel.event.Limit;
import io.tlstunnel.event.TunnelEvent;
import io.tlstunnel.testpeer.Frame;
import io.tlstunnel.testpeer.Peer;
import io.tlstunnel.testpeer.Pump;
import io.tlstunnel.testpeer.RawClient;
import io.tlstunnel.testpeer.Rig;
import io.tlstunnel.testpeer.Sink;
import io.tlstunnel.tls.ServerTrust;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.security.KeyStore;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;

/** A remote that floods its clients. */
final class RemoteFloods {
  private static final int BATCH = 1_000;

  private RemoteFloods() {}

  static List<Flood> rows() {
    return List.of(
        Flood.of("26", "another name in the remote's certificate", RemoteFloods::wrongName),
        Flood.of("28", "a remote's PING that nobody reads", RemoteFloods::pings),
        Flood.of("28b", "a remote's SETTINGS without end", RemoteFloods::settings),
        Flood.of(
            "28c",
            "a remote's 100,000 interim responses",
            rig ->
                pass(
                    rig,
                    i ->
                        Frame.of(
                            Frame.HEADERS,
                            Requests.END,
                            1,
                            (byte) 0x08,
                            (byte) 3,
                            (byte) '1',
                            (byte) '0',
                            (byte) '3'))),
        Flood.of("28d", "a remote's trailers of 64 MB", RemoteFloods::hugeTrailers),
        Flood.of(
            "28e",
            "a remote's 100,000 PUSH_PROMISE",
            rig ->
                pass(
                    rig,
                    i ->
                        Frame.of(
                            Frame.PUSH_PROMISE,
                            Requests.END,
                            1,
                            (byte) 0,
                            (byte) 0,
                            (byte) 0,
                            (byte) 2,
                            (byte) 0x82))),
        Flood.of(
            "28f",
            "a remote's 100,000 resets of unknown streams",
            rig -> pass(rig, i -> Frame.reset(3 + 2 * i, Requests.CANCEL))),
        Flood.of("28g", "a remote's 100,000 GOAWAY", RemoteFloods::goAways));
  }

  private static void pass(Rig rig, IntFunction<Frame> frame) {
    Rig.Route route = rig.route();
    route.client().send(route.client().grpcRequest(1, 0));
    route.remote().readBlock();
    Sink client = new Sink(route.client());
    byte[] batch = Requests.many(BATCH, frame);
    Pump.ofBytes(route.remote(), 100, i -> batch).awaitDone();
    client.await(frame.apply(0).type(), 100L * BATCH);
  }

  private static void pings(Rig rig) {
    Rig.Route route = rig.route();
    byte[] batch = Requests.many(BATCH, i -> Frame.ping(0, i));
    Pump pump = Pump.ofBytes(route.remote(), 2_000, i -> batch);
    pump.awaitStalled();
    assertThat(pump.running()).as("the remote has more to send").isTrue();
  }

  private static void settings(Rig rig) {
    Rig.Route route = rig.route();
    Sink client = new Sink(route.client());
    byte[] batch = Requests.many(BATCH, i -> Frame.settings(0x3, i));
    Pump.ofBytes(route.remote(), 100, i -> batch);
    client.awaitEnd();
    assertThat(client.count(Frame.SETTINGS)).isEqualTo(100);
    assertThat(client.count(Frame.GOAWAY)).as("the announcement and the last").isEqualTo(2);
    HeaderFloods.expectHit(rig, Limit.SETTINGS_FRAMES, 1);
  }

  private static void hugeTrailers(Rig rig) {
    Rig.Route route = rig.route();
    route.client().send(route.client().grpcRequest(1, Frame.END_STREAM));
    route.remote().readBlock();
    Sink client = new Sink(route.client());
    route.remote().send(Frame.of(Frame.HEADERS, Frame.END_STREAM, 1));
    byte[] batch = Requests.many(64, i -> Frame.of(Frame.CONTINUATION, 0, 1, new byte[16_384]));
    Pump.ofBytes(route.remote(), 64, i -> batch).awaitDone();
    client.await(Frame.CONTINUATION, 64 * 64);
  }

  /** Each says that the tunnel asks too often; its interval must not grow until it overflows. */
  private static void goAways(Rig rig) {
    Duration minute = Duration.ofMinutes(1);
    int port = rig.tunnel(builder -> builder.keepAlive(minute, minute)).port();
    RawClient client = rig.keep(RawClient.connect(port));
    Peer remote = rig.remote();
    remote.send(Frame.settings());
    Sink told = new Sink(client);
    int calm = (int) Http2Error.ENHANCE_YOUR_CALM.code();
    byte[] batch = Requests.many(BATCH, i -> Frame.goAway(i, calm, "too_many_pings"));
    Pump.ofBytes(remote, 100, i -> batch).awaitDone();
    told.await(Frame.GOAWAY, 100L * BATCH);
    assertThat(rig.events(TunnelEvent.GoAwayReceived.class)).hasSize(10);

    RawClient next = rig.keep(RawClient.connect(port));
    Peer nextRemote = rig.remote();
    nextRemote.expect(Frame.settings());
    nextRemote.send(Frame.settings());
    next.expectUnlimited();
    next.expect(Frame.settings());
    next.pingThrough(nextRemote);
  }

  /** Refused under each form of trust; not a byte of the request reaches the remote. */
  private static void wrongName(Rig rig) throws Exception {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    store.setCertificateEntry("ca", rig.authorities().get(0));
    List<ServerTrust> forms =
        List.of(ServerTrust.certificates(rig.authorities()), ServerTrust.keyStore(store));
    for (ServerTrust trust : forms) {
      int port = rig.keep(rig.builder("other.test", trust).start()).port();
      CompletableFuture<Void> remote = CompletableFuture.runAsync(() -> expectRefusal(rig));
      RawClient client = rig.keep(RawClient.connect(port));
      client.send(client.grpcRequest(1, Frame.END_STREAM));
      assertThat(client.readFailure().field("grpc-message"))
          .contains("the remote's certificate is not for other.test, but for remote.test");
      remote.get(30, TimeUnit.SECONDS);
    }
  }

  private static void expectRefusal(Rig rig) {
    try (Socket tcp = rig.server().acceptTcp()) {
      assertThatThrownBy(() -> rig.server().accept(tcp, 0))
          .isInstanceOf(UncheckedIOException.class);
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }
}
