package io.tlstunnel.tests.faults;

import static io.tlstunnel.tests.faults.FaultRig.FIGURES;
import static io.tlstunnel.tests.faults.FaultRig.recovers;
import static io.tlstunnel.tests.faults.Methods.BLOCKED_UPLOAD;
import static io.tlstunnel.tests.faults.Methods.DOWNLOAD;
import static io.tlstunnel.tests.faults.Methods.UPLOAD;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.netty.buffer.PooledByteBufAllocator;
import io.tlstunnel.TlsTunnel;
import io.tlstunnel.junit.Frame;
import io.tlstunnel.junit.GrpcBackend;
import io.tlstunnel.junit.InjectedFault;
import io.tlstunnel.junit.RecordedCall;
import io.tlstunnel.junit.ScriptedBackend;
import io.tlstunnel.junit.fault.Http2Code;
import io.tlstunnel.junit.fault.Http2Fault;
import io.tlstunnel.junit.fault.NetworkFault;
import io.tlstunnel.junit.fault.When;
import io.tlstunnel.tests.rig.TestCall;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Slow readers and odd ends of responses: rows 22, 23 and 44 to 46 of the fault matrix. */
@Tag("faults")
@Timeout(120)
class BackPressureFaultsTest {
  private static final int HUGE_WINDOW = 64 << 20;

  /** A little of what the windows would allow: what TLS, two buffers and a read may hold. */
  private static final long BOUND = 4 << 20;

  private static final Duration PATIENCE = Script.PATIENCE;

  @RegisterExtension final FaultRig rig = new FaultRig();

  @Test
  @DisplayName("22 a remote whose TCP takes nothing, with a window of 64 MiB: the upload stops")
  void slowRemote() {
    Methods methods = rig.methods();
    GrpcBackend backend =
        rig.backend(
            b -> b.service(methods).server(server -> server.initialFlowControlWindow(HUGE_WINDOW)));
    ManagedChannel channel = rig.channelTo(backend);
    recovers(channel);
    long before = pinned();
    InjectedFault stall = backend.inject(NetworkFault.stall(), When.connection(1));
    TestCall upload = TestCall.begin(channel, UPLOAD, CallOptions.DEFAULT).request(2);
    int sent = fill(upload);
    assertThat(sent).as("the client is held back").isLessThan(HUGE_WINDOW);
    long held = pinned() - before;
    assertThat(held).as("bytes held in the tunnel").isLessThan(BOUND);
    FIGURES.row(22, "held", held / 1_024, "KiB");
    stall.remove();
    upload.halfClose();
    assertThat(upload.status().isOk()).as("%s", upload.status()).isTrue();
    assertThat(upload.responses()).containsExactly(Methods.number(sent));
  }

  @Test
  @DisplayName("22 a remote whose application takes nothing: the upload stops, other calls do not")
  void slowApplication() {
    GrpcBackend backend = rig.backend();
    ManagedChannel channel = rig.channelTo(backend);
    recovers(channel);
    long before = pinned();
    TestCall upload = TestCall.begin(channel, BLOCKED_UPLOAD, CallOptions.DEFAULT);
    fill(upload);
    assertThat(pinned() - before).isLessThan(BOUND);
    recovers(channel);
    upload.cancel();
    assertThat(upload.status().getCode()).isEqualTo(Status.Code.CANCELLED);
    recovers(channel);
    assertThat(backend.connections()).hasSize(1);
  }

  @Test
  @DisplayName("23 a client whose TCP takes nothing, with a window of 2 GiB: the remote stops")
  void slowClient() throws IOException {
    GrpcBackend backend = rig.backend();
    TlsTunnel tunnel = rig.tunnel(backend);
    int window = Integer.MAX_VALUE;
    long before = pinned();
    try (RawClient client =
        RawClient.speaking(tunnel, Frame.SETTINGS_INITIAL_WINDOW_SIZE, window)) {
      client.send(Frame.windowUpdate(0, window - 65_535));
      client.request(
          1, false, "/" + DOWNLOAD.getFullMethodName(), "content-type", "application/grpc");
      client.send(
          Frame.message(1, Methods.number(4_096)), Frame.data(1, new byte[0], true)); // 64 MiB
      backend.takeCall(Script.PATIENCE);
      // Nothing is read for a while, which has to become a stop; then everything arrives.
      await().pollDelay(Duration.ofSeconds(1)).until(() -> true);
      long held = pinned() - before;
      assertThat(held).as("bytes held in the tunnel").isLessThan(BOUND);
      FIGURES.row(23, "held", held / 1_024, "KiB");
      long bytes = 0;
      for (Frame frame = client.read(); !isEnd(frame); frame = client.read()) {
        bytes += frame.type() == Frame.DATA ? frame.payload().length : 0;
      }
      assertThat(bytes).isEqualTo(4_096L * (16_384 + 5));
    }
  }

  @Test
  @DisplayName("23 one stream that nobody reads holds up no other on its connection")
  void unreadStream() {
    GrpcBackend backend = rig.backend();
    ManagedChannel channel = rig.channelTo(backend);
    TestCall unread = TestCall.begin(channel, DOWNLOAD, CallOptions.DEFAULT).request(1);
    unread.send(Methods.number(1_000)).halfClose();
    unread.take();
    for (int i = 0; i < 4; i++) {
      TestCall other = TestCall.of(channel, DOWNLOAD, CallOptions.DEFAULT, Methods.number(256));
      assertThat(other.status().isOk()).isTrue();
      assertThat(other.responses()).hasSize(256);
    }
    assertThat(unread.ended()).isNotDone();
    unread.request(1_000);
    assertThat(unread.status().isOk()).isTrue();
    assertThat(backend.connections()).hasSize(1);
  }

  /** What was sent before the end of a connection arrives, however slowly it is read. */
  @Test
  @DisplayName("23 a response, its end and the connection's, to a client that reads late")
  void endBehindUnreadData() throws IOException, InterruptedException {
    CountDownLatch ended = new CountDownLatch(1);
    ScriptedBackend backend =
        rig.scripted(
            connection -> {
              RecordedCall call = Script.awaitCall(connection);
              // The client's last word: bytes that nobody has read would turn the close into a RST.
              connection.awaitFrame(f -> f.type() == Frame.SETTINGS && f.has(Frame.ACK), PATIENCE);
              connection.send(Frame.responseHeaders(call.stream()));
              for (int i = 0; i < 128; i++) {
                connection.send(Frame.message(call.stream(), new byte[16_000]));
              }
              connection.send(Frame.trailers(call.stream(), 0, ""));
              connection.close();
              ended.countDown();
            });
    TlsTunnel tunnel = rig.tunnel(backend);
    try (RawClient client =
        RawClient.speaking(tunnel, Frame.SETTINGS_INITIAL_WINDOW_SIZE, Integer.MAX_VALUE)) {
      client.request(1, true, "/x.Y/Z", "content-type", "application/grpc");
      client.read(BackPressureFaultsTest::isSettings); // the tunnel's greeting
      client.read(BackPressureFaultsTest::isSettings); // the end of its limit on streams
      client.read(BackPressureFaultsTest::isSettings); // the remote's
      assertThat(ended.await(20, TimeUnit.SECONDS)).isTrue();
      int messages = 0;
      Frame frame = client.read();
      for (; !isEnd(frame); frame = client.read()) {
        messages += frame.type() == Frame.DATA ? 1 : 0;
      }
      assertThat(messages).isEqualTo(128);
      assertThat(frame).isEqualTo(Frame.trailers(1, 0, ""));
    }
  }

  @Test
  @DisplayName("44 a body and no grpc-status: never OK")
  void missingStatus() {
    GrpcBackend backend = rig.backend();
    backend.inject(Http2Fault.missingTrailers(), When.call(1));
    ManagedChannel channel = rig.channelTo(backend);
    TestCall call = FaultRig.echo(channel);
    assertThat(call.status().getCode())
        .as("%s", call.status())
        .isIn(Status.Code.UNKNOWN, Status.Code.INTERNAL);
    recovers(channel);
    assertThat(backend.connections()).hasSize(1);
  }

  @Test
  @DisplayName("45 100-continue and 103 before the response: passed on, the call succeeds")
  void informationalResponses() {
    ScriptedBackend backend =
        rig.scripted(
            connection -> {
              RecordedCall call = Script.awaitCall(connection);
              connection.send(
                  Frame.headers(call.stream(), false, ":status", "100"),
                  Frame.headers(call.stream(), false, ":status", "103", "link", "</x>"));
              Script.answer(connection, call);
              Script.answerOne(connection);
            });
    ManagedChannel channel = rig.channelTo(backend);
    TestCall call = FaultRig.echo(channel);
    // grpc-java takes no 1xx for an answer: what it makes of it is its own affair, but never OK
    // without the trailers.
    assertThat(call.status().getCode())
        .as("%s", call.status())
        .isIn(Status.Code.OK, Status.Code.INTERNAL, Status.Code.UNKNOWN);
    recovers(channel);
    assertThat(backend.connections()).hasSize(1);
  }

  @ParameterizedTest(name = "46 early trailers while the client sends, RST NO_ERROR behind: {0}")
  @ValueSource(booleans = {true, false})
  void earlyTrailers(boolean reset) {
    GrpcBackend direct = rig.backend();
    ScriptedBackend backend =
        rig.scripted(
            connection -> {
              for (int i = 0; i < 20; i++) {
                RecordedCall call = Script.awaitCall(connection);
                connection.send(Frame.trailersOnly(call.stream(), 8, "enough"));
                if (reset) {
                  connection.send(Frame.reset(call.stream(), Http2Code.NO_ERROR));
                }
                // What arrives of the upload all the same goes back to the connection's window.
                Frame end = connection.awaitFrame(BackPressureFaultsTest::endsUpload, PATIENCE);
                assertThat(end.stream()).isEqualTo(call.stream());
              }
              Script.answerOne(connection);
            });
    ManagedChannel channel = rig.channelTo(backend);
    for (int i = 0; i < 20; i++) {
      TestCall upload = TestCall.begin(channel, UPLOAD, CallOptions.DEFAULT).request(2);
      upload.send(new byte[2_000]);
      assertThat(upload.status().getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
      assertThat(upload.status().getDescription()).isEqualTo("enough");
    }
    recovers(channel);
    assertThat(backend.connections()).hasSize(1);
    recovers(rig.channelTo(direct));
  }

  private static boolean isSettings(Frame frame) {
    return frame.type() == Frame.SETTINGS && !frame.has(Frame.ACK);
  }

  private static boolean endsUpload(Frame frame) {
    return frame.type() == Frame.RST_STREAM
        || (frame.type() == Frame.DATA && frame.has(Frame.END_STREAM));
  }

  private static boolean isEnd(Frame frame) {
    return frame.stream() == 1 && frame.type() == Frame.HEADERS && frame.has(Frame.END_STREAM);
  }

  /** Sends until nothing has left for a second; tells how many bytes. */
  private static int fill(TestCall upload) {
    byte[] message = new byte[16_384];
    int sent = 0;
    long last = System.nanoTime();
    while (System.nanoTime() - last < TimeUnit.SECONDS.toNanos(1) && sent < HUGE_WINDOW) {
      if (upload.isReady()) {
        upload.send(message);
        sent += message.length;
        last = System.nanoTime();
      } else {
        Thread.onSpinWait();
      }
    }
    return sent;
  }

  /** What is in use of the allocator by which the tunnel reads, writes and encrypts. */
  private static long pinned() {
    return PooledByteBufAllocator.DEFAULT.pinnedDirectMemory();
  }
}
