package io.tlstunnel.tests.faults;

import static io.tlstunnel.tests.faults.FaultRig.FIGURES;
import static io.tlstunnel.tests.faults.FaultRig.recovers;
import static io.tlstunnel.tests.faults.Methods.DOWNLOAD;
import static io.tlstunnel.tests.faults.Methods.ECHO;
import static io.tlstunnel.tests.faults.Methods.HANG;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.tlstunnel.TlsTunnel;
import io.tlstunnel.event.TunnelEvent;
import io.tlstunnel.junit.Frame;
import io.tlstunnel.junit.GrpcBackend;
import io.tlstunnel.junit.RecordedCall;
import io.tlstunnel.junit.ScriptedBackend;
import io.tlstunnel.junit.fault.GrpcFault;
import io.tlstunnel.junit.fault.Http2Code;
import io.tlstunnel.junit.fault.Http2Fault;
import io.tlstunnel.junit.fault.When;
import io.tlstunnel.tests.rig.TestCall;
import java.io.IOException;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The client cancels, goes, is late, says too much or something else: rows 24 to 27, 42, 43. */
@Tag("faults")
@Timeout(120)
class ClientFaultsTest {
  @RegisterExtension final FaultRig rig = new FaultRig();

  @Test
  @DisplayName("24 the client cancels: the remote gets RST_STREAM CANCEL, and the window its bytes")
  void cancel() throws InterruptedException {
    BlockingQueue<Long> reset = new LinkedBlockingQueue<>();
    ScriptedBackend backend =
        rig.scripted(
            connection -> {
              RecordedCall call = Script.awaitCall(connection);
              Frame rst = connection.awaitFrame(f -> f.type() == Frame.RST_STREAM, Script.PATIENCE);
              reset.add(System.nanoTime());
              assertThat(rst).isEqualTo(Frame.reset(call.stream(), Http2Code.CANCEL));
              Script.answerOne(connection);
            });
    ManagedChannel channel = rig.channelTo(backend);
    TestCall call = TestCall.of(channel, HANG, CallOptions.DEFAULT, new byte[1]);
    backend.takeCall(Script.PATIENCE);
    long cancelled = System.nanoTime();
    call.cancel();
    Long seen = reset.poll(20, TimeUnit.SECONDS);
    assertThat(seen).as("the reset").isNotNull();
    FIGURES.row(24, "cancelled", Duration.ofNanos(seen - cancelled));
    assertThat(call.status().getCode()).isEqualTo(Status.Code.CANCELLED);
    recovers(channel);
    assertThat(backend.connections()).hasSize(1);
  }

  /** Bytes of cancelled streams that nobody gives back would strangle the connection in the end. */
  @Test
  @DisplayName("24 2,000 downloads cancelled with unread data, then 32 MiB on the same connection")
  void cancelledStreamsStarveNobody() {
    GrpcBackend backend = rig.backend();
    ManagedChannel channel = rig.channelTo(backend);
    for (int round = 0; round < 100; round++) {
      List<TestCall> calls = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        TestCall call = TestCall.begin(channel, DOWNLOAD, CallOptions.DEFAULT).request(1);
        call.send(Methods.number(100)).halfClose();
        calls.add(call);
      }
      calls.get(0).take();
      calls.forEach(TestCall::cancel);
    }
    TestCall big = TestCall.of(channel, DOWNLOAD, CallOptions.DEFAULT, Methods.number(2_048));
    assertThat(big.status().isOk()).as("%s", big.status()).isTrue();
    assertThat(big.responses()).hasSize(2_048);
    assertThat(backend.connections()).hasSize(1);
  }

  @Test
  @DisplayName("25 the client's connection dies with 500 streams: 500 calls are cancelled")
  void connectionDies() {
    Methods methods = rig.methods();
    GrpcBackend backend = rig.backend(builder -> builder.service(methods));
    TlsTunnel tunnel = rig.tunnel(backend);
    ManagedChannel channel = rig.channel(tunnel);
    List<TestCall> calls = new ArrayList<>();
    for (int i = 0; i < 500; i++) {
      calls.add(TestCall.of(channel, HANG, CallOptions.DEFAULT, new byte[1]));
    }
    await().atMost(Script.PATIENCE).until(() -> methods.hanging() == 500);
    long died = System.nanoTime();
    channel.shutdownNow();
    await().atMost(Script.PATIENCE).until(() -> methods.cancelled() == 500);
    FIGURES.row(25, "cancelled", Duration.ofNanos(System.nanoTime() - died));
    calls.forEach(call -> assertThat(call.status().isOk()).isFalse());
    await().atMost(Script.PATIENCE).until(() -> tunnel.stats().connectionsOpen() == 0);
    recovers(rig.channel(tunnel));
  }

  @Test
  @DisplayName("26 deadline: the client gets 4, the remote the time as it was sent")
  void deadline() throws IOException {
    Methods methods = rig.methods();
    GrpcBackend backend = rig.backend(builder -> builder.service(methods));
    TlsTunnel tunnel = rig.tunnel(backend);
    ManagedChannel channel = rig.channel(tunnel);
    TestCall call =
        TestCall.of(
            channel,
            HANG,
            CallOptions.DEFAULT.withDeadlineAfter(500, TimeUnit.MILLISECONDS),
            new byte[1]);
    assertThat(call.status().getCode()).isEqualTo(Status.Code.DEADLINE_EXCEEDED);
    await().atMost(Script.PATIENCE).until(() -> methods.cancelled() == 1);
    recovers(channel);
    assertThat(backend.connections()).hasSize(1);

    try (RawClient raw = RawClient.speaking(tunnel)) {
      raw.request(1, true, "/" + ECHO.getFullMethodName(), "grpc-timeout", "1234567u");
      raw.read(frame -> frame.type() == Frame.HEADERS);
    }
    assertThat(backend.calls().get(2).header("grpc-timeout")).isEqualTo("1234567u");
  }

  @ParameterizedTest(name = "27 request metadata of {0} bytes: {1}, and the connection lives")
  @CsvSource({"16384, OK", "100000, RESOURCE_EXHAUSTED", "900000, RESOURCE_EXHAUSTED"})
  void hugeRequestMetadata(int bytes, Status.Code expected) {
    Methods methods = rig.methods();
    GrpcBackend backend =
        rig.backend(
            b -> b.service(methods).server(server -> server.maxInboundMetadataSize(1 << 20)));
    TlsTunnel tunnel = rig.tunnel(backend);
    ManagedChannel channel = rig.channel(tunnel);
    recovers(channel);
    Metadata metadata = new Metadata();
    metadata.put(Metadata.Key.of("x-large", Metadata.ASCII_STRING_MARSHALLER), "v".repeat(bytes));
    TestCall call = TestCall.begin(channel, ECHO, CallOptions.DEFAULT, metadata).request(2);
    call.send(new byte[1]).halfClose();
    assertThat(call.status().getCode()).as("%s", call.status()).isEqualTo(expected);
    if (expected != Status.Code.OK) {
      assertThat(call.status().getDescription())
          .matches("request headers of \\d+ bytes in \\d+ fields exceed the tunnel's limit of.*");
      assertThat(rig.seen()).doesNotContain(call.id());
    }
    recovers(channel);
    assertThat(tunnel.stats().connectionsAccepted()).isEqualTo(1);
  }

  @ParameterizedTest(name = "27 response headers of {0} bytes: the client judges them itself")
  @ValueSource(ints = {16_384, 1_000_000})
  void hugeResponseHeaders(int bytes) {
    GrpcBackend backend = rig.backend();
    backend.inject(Http2Fault.oversizedHeaders(bytes), When.call(1));
    ManagedChannel channel = rig.channelTo(backend);
    TestCall call = FaultRig.echo(channel);
    assertThat(call.status().getCode())
        .as("%s", call.status())
        .isIn(Status.Code.INTERNAL, Status.Code.RESOURCE_EXHAUSTED, Status.Code.UNAVAILABLE);
    recovers(channel);
  }

  @ParameterizedTest(name = "42 not HTTP/2 at the port, {0}: closed, counted, and told")
  @CsvSource({
    "HTTP/1.1, 474554202f20485454502f312e310d0a0d0a, HTTP/1.1 505, the peer speaks HTTP/1.1",
    "TLS, 16030100a5010000a1, HTTP/1.1 400, the peer speaks TLS",
    "garbage, ff00ff00, '', its first bytes are ff00ff00"
  })
  void notHttp2(String what, String hex, String answer, String why) throws IOException {
    Queue<TunnelEvent> events = new ConcurrentLinkedQueue<>();
    GrpcBackend backend = rig.backend();
    TlsTunnel tunnel = rig.tunnel(backend.port(), builder -> builder.listener(events::add));
    long begun = System.nanoTime();
    try (RawClient stranger = new RawClient(tunnel.port(), 65_536)) {
      stranger.sendBytes(HexFormat.of().parseHex(hex));
      assertThat(stranger.readToEnd()).as("what a stranger is told").startsWith(answer);
    } catch (SocketException reset) {
      assertThat(reset).hasMessageContaining("reset"); // Its bytes had not all been read.
    }
    FIGURES.row(42, "closed", Duration.ofNanos(System.nanoTime() - begun));
    assertThat(tunnel.stats().connectionsNotHttp2()).isEqualTo(1);
    assertThat(events)
        .singleElement()
        .isInstanceOfSatisfying(
            TunnelEvent.NotHttp2.class, told -> assertThat(told.toString()).contains(why));
    assertThat(backend.connections()).isEmpty();
    recovers(rig.channel(tunnel));
  }

  @Test
  @DisplayName("43 HTTP/2 that is not gRPC: passes, and the remote's answer too")
  void notGrpc() throws IOException {
    GrpcBackend backend = rig.backend();
    TlsTunnel tunnel = rig.tunnel(backend);
    try (RawClient raw = RawClient.speaking(tunnel)) {
      raw.send(
          Frame.headers(
              1, true, ":method", "GET", ":scheme", "http", ":path", "/x", ":authority", "raw"));
      Frame answer = raw.read(frame -> frame.type() == Frame.HEADERS && frame.stream() == 1);
      // grpc-java's own words, in a block that begins with the status.
      assertThat(new String(answer.payload(), StandardCharsets.ISO_8859_1)).contains("415");
      assertThat(backend.calls()).singleElement().extracting(RecordedCall::path).isEqualTo("/x");
    }
    recovers(rig.channel(tunnel));
  }

  @Test
  @DisplayName("26 a slow answer is not cut off by the tunnel")
  void slowAnswer() {
    GrpcBackend backend = rig.backend();
    backend.inject(GrpcFault.delay(Duration.ofSeconds(2)), When.call(1));
    TlsTunnel tunnel = rig.tunnel(backend.port(), b -> b.connectTimeout(Duration.ofSeconds(1)));
    recovers(rig.channel(tunnel));
  }
}
