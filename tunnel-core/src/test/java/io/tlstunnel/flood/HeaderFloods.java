package io.tlstunnel.flood;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.handler.codec.http2.Http2Error;
import io.tlstunnel.event.Limit;
import io.tlstunnel.event.TunnelEvent;
import io.tlstunnel.testpeer.Frame;
import io.tlstunnel.testpeer.Pump;
import io.tlstunnel.testpeer.RawClient;
import io.tlstunnel.testpeer.Rig;
import io.tlstunnel.testpeer.Sink;
import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** Header blocks: what the tunnel must read, and the compression state that it must keep. */
final class HeaderFloods {
  private static final int MB = 1 << 20;

  private HeaderFloods() {}

  static List<Flood> rows() {
    return List.of(
        Flood.of("6", "10,000 empty headers", HeaderFloods::emptyHeaders),
        Flood.of("10", "CONTINUATION of 1 MB without end", HeaderFloods::endlessBlock).within(8, 8),
        Flood.of("10b", "10 blocks of 900 KB that are never completed", HeaderFloods::unfinished)
            .with(limits -> limits.headerTimeout(Duration.ofSeconds(2)))
            .within(8, 32),
        Flood.of("11", "1,000,000 empty CONTINUATION", HeaderFloods::emptyContinuations),
        Flood.of("15", "4,000 references x 100 streams", HeaderFloods::references),
        Flood.of("15b", "100 references x 100 streams", HeaderFloods::allowedReferences),
        Flood.of("16", "an entry of 4 KB referred to 4,000 times", HeaderFloods::largeEntry),
        Flood.of("16b", "references to what the remote lacks", HeaderFloods::expansion)
            .within(8, 24),
        Flood.of("16c", "names of 4 KB copied without end", HeaderFloods::copiedNames),
        Flood.of("17", "50 Huffman blocks of 1 MB", HeaderFloods::huffman).within(8, 8),
        Flood.of("18b", "headers, a byte at a time", HeaderFloods::slowHeaders)
            .with(limits -> limits.headerTimeout(Duration.ofSeconds(2))));
  }

  private static void emptyHeaders(Rig rig) {
    Rig.Route route = rig.route();
    byte[] block = new byte[3 * 10_000]; // a literal, no name, no value
    route.client().sendBytes(Requests.frames(1, Frame.END_STREAM, block));
    assertThat(route.client().readBlock().field(":status")).isEqualTo("431");
    route.client().pingThrough(route.remote());
    expectHit(rig, Limit.HEADER_FIELDS, 1);
  }

  private static void endlessBlock(Rig rig) {
    Rig.Route route = rig.route();
    byte[] more = Requests.many(1, i -> Frame.of(Frame.CONTINUATION, 0, 1, new byte[16_384]));
    route.client().send(Frame.of(Frame.HEADERS, 0, 1));
    Pump.ofBytes(route.client(), 10_000, i -> more);
    expectCalm(route.client(), "header block of more than 1048576 bytes");
    expectHit(rig, Limit.HEADER_BLOCK, 1);
    route.remote().expectGone();
  }

  private static void unfinished(Rig rig) {
    List<RawClient> clients = new ArrayList<>();
    byte[] most = Requests.many(55, i -> Frame.of(Frame.CONTINUATION, 0, 1, new byte[16_384]));
    for (int i = 0; i < 10; i++) {
      RawClient client = rig.route().client();
      client.send(Frame.of(Frame.HEADERS, 0, 1));
      client.sendBytes(most);
      clients.add(client);
    }
    clients.forEach(
        client -> expectCalm(client, "request headers not complete after 2000 ms (headerTimeout)"));
    expectHit(rig, Limit.HEADER_TIMEOUT, 10);
  }

  private static void emptyContinuations(Rig rig) {
    Rig.Route route = rig.route();
    route.client().send(Frame.of(Frame.HEADERS, 0, 1));
    byte[] thousand = Requests.many(1_000, i -> Frame.of(Frame.CONTINUATION, 0, 1));
    Pump.ofBytes(route.client(), 1_000, i -> thousand);
    expectCalm(
        route.client(),
        "header block in more than 128 CONTINUATION frames (maxContinuationFrames)");
    expectHit(rig, Limit.CONTINUATION_FRAMES, 1);
  }

  /**
   * The bomb of HTTP/2 proxies: every stream is refused, and what they refer to is copied nowhere.
   */
  private static void references(Rig rig) {
    Rig.Route route = rig.route(Frame.settings(0x4, 0), Frame.settings());
    RawClient client = route.client();
    client.send(Frame.of(Frame.HEADERS, Requests.WHOLE, 1, Requests.indexing("cookie", 200)));
    route.remote().readBlock();
    Sink refused = new Sink(client);
    byte[] block = Requests.repeating(62, 4_000);
    for (int i = 1; i <= 100; i++) {
      client.sendBytes(Requests.frames(1 + 2 * i, Frame.END_STREAM, block));
    }
    refused.await(Frame.HEADERS, 100);
    expectHit(rig, Limit.HEADER_FIELDS, 100);
    assertThat(rig.tunnel().stats().requestsAnswered()).isEqualTo(100);
  }

  /** What is under the limits passes as it came: representations are copied, not what they mean. */
  private static void allowedReferences(Rig rig) {
    Rig.Route route = rig.route(Frame.settings(0x4, 0), Frame.settings());
    RawClient client = route.client();
    client.send(Frame.of(Frame.HEADERS, Requests.WHOLE, 1, Requests.indexing("cookie", 500)));
    route.remote().readBlock();
    Sink remote = new Sink(route.remote());
    byte[] block = Requests.repeating(62, 96);
    for (int i = 1; i <= 100; i++) {
      client.sendBytes(Requests.frames(1 + 2 * i, Frame.END_STREAM, block));
    }
    remote.await(Frame.HEADERS, 100);
    long sent = 100L * block.length;
    assertThat(remote.payloadBytes()).as("bytes of header blocks").isLessThan(2 * sent);
    System.out.printf("row: floods 15b growth=%.2f times%n", remote.payloadBytes() / (double) sent);
  }

  private static void largeEntry(Rig rig) {
    Rig.Route route = rig.route();
    route
        .client()
        .send(Frame.of(Frame.HEADERS, Requests.WHOLE, 1, Requests.indexing("x-large", 4_000)));
    route.remote().readBlock();
    route.client().sendBytes(Requests.frames(3, Frame.END_STREAM, Requests.repeating(62, 4_000)));
    expectCalm(route.client(), "header list of more than 1048576 bytes");
    expectHit(rig, Limit.HEADER_BLOCK, 1);
  }

  /**
   * An entry that came with a refused request is in the client's table and not in the remote's:
   * each byte that refers to it leaves as 4 KB.
   */
  private static void expansion(Rig rig) {
    Rig.Route route = rig.route();
    new Sink(route.remote());
    RawClient client = route.client();
    ByteArrayOutputStream refused = new ByteArrayOutputStream();
    refused.writeBytes(Requests.indexing("x-large", 4_000));
    refused.writeBytes(Requests.repeating(2, 100));
    client.send(Frame.of(Frame.HEADERS, Requests.WHOLE, 1, refused.toByteArray()));
    assertThat(client.readBlock().field(":status")).isEqualTo("431");

    byte[] block = Requests.repeating(62, 15);
    Pump.ofBytes(
        client,
        20,
        batch ->
            Requests.many(
                2_000,
                i -> Frame.of(Frame.HEADERS, Requests.WHOLE, 3 + 2 * (2_000 * batch + i), block)));
    expectCalm(client, "header blocks refer too often to what was refused");
    expectHit(rig, Limit.HEADER_EXPANSION, 1);
  }

  /** Two bytes, and the table has another entry of 4 KB. */
  private static void copiedNames(Rig rig) {
    for (int i = 0; i < 5; i++) {
      Rig.Route route = rig.route();
      ByteArrayOutputStream block = new ByteArrayOutputStream();
      block.writeBytes(Requests.indexing("n".repeat(4_000), 0));
      for (int copies = 0; copies < 500_000; copies++) {
        block.write(0x7e);
        block.write(0x00);
      }
      byte[] frames = Requests.frames(1, Frame.END_STREAM, block.toByteArray());
      Pump.ofBytes(route.client(), 1, batch -> frames);
      expectCalm(route.client(), "header list of more than 1048576 bytes");
    }
    expectHit(rig, Limit.HEADER_BLOCK, 5);
  }

  private static void huffman(Rig rig) {
    Rig.Route route = rig.route();
    ByteArrayOutputStream block = new ByteArrayOutputStream();
    for (int i = 0; i < 74; i++) {
      block.write(0x00);
      block.writeBytes(Requests.string("x"));
      byte[] value = Requests.string("\u0000".repeat(14_000)); // '0', in five bits of zeroes
      value[0] |= (byte) 0x80;
      block.writeBytes(value);
    }
    assertThat(block.size()).isBetween(1_000_000, MB);
    byte[] bytes = block.toByteArray();
    Sink answers = new Sink(route.client());
    for (int i = 0; i < 50; i++) {
      route.client().sendBytes(Requests.frames(1 + 2 * i, Frame.END_STREAM, bytes));
    }
    answers.await(Frame.HEADERS, 50);
    expectHit(rig, Limit.HEADER_LIST_SIZE, 50);
  }

  private static void slowHeaders(Rig rig) {
    List<RawClient> slow = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      slow.add(WaitingFloods.waiting(rig));
      slow.add(rig.route().client());
    }
    byte[] request = slow.get(0).grpcRequest(1, 0).encode();
    AtomicInteger sent = new AtomicInteger();
    ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor();
    rig.afterwards(clock::shutdownNow);
    // Ends with the first connection that does.
    clock.scheduleAtFixedRate(
        () -> {
          byte[] one = {request[sent.getAndIncrement()]};
          slow.forEach(client -> client.sendBytes(one));
        },
        0,
        100,
        TimeUnit.MILLISECONDS);
    slow.forEach(
        client -> expectCalm(client, "request headers not complete after 2000 ms (headerTimeout)"));
    expectHit(rig, Limit.HEADER_TIMEOUT, 40);
  }

  static void expectCalm(RawClient client, String message) {
    expectCalm(client.read(), message);
  }

  static void expectCalm(Frame goAway, String message) {
    assertThat(goAway.type()).as("type of %s", goAway).isEqualTo(Frame.GOAWAY);
    assertThat(goAway.number(4)).isEqualTo((int) Http2Error.ENHANCE_YOUR_CALM.code());
    assertThat(goAway.text(8)).contains(message);
  }

  /** The limit was hit so often: counted each time, told once for each connection. */
  static void expectHit(Rig rig, Limit limit, long times) {
    await()
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(
            () -> assertThat(rig.tunnel().stats().limitHits()).containsEntry(limit, times));
    assertThat(rig.events(TunnelEvent.LimitHit.class).stream().filter(hit -> hit.limit() == limit))
        .isNotEmpty();
  }
}
