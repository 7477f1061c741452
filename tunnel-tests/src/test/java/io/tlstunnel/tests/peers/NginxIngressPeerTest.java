package io.tlstunnel.tests.peers;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.grpc.CallOptions;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.InsecureServerCredentials;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.StreamObserver;
import io.tlstunnel.TlsTunnel;
import io.tlstunnel.tests.rig.FreePort;
import io.tlstunnel.tests.rig.Program;
import io.tlstunnel.tests.rig.Remote;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The route of the guide: gRPC client, tunnel, nginx ingress with client certificates, server. */
@Tag("peers")
class NginxIngressPeerTest {
  @TempDir Path directory;
  private final Remote remote = new Remote();
  private Server backend;
  private int ingressPort;
  private NginxIngress ingress;
  private TlsTunnel tunnel;
  private ManagedChannel channel;

  @BeforeEach
  void start() throws IOException {
    Program.NGINX.require();
    backend =
        Grpc.newServerBuilderForPort(0, InsecureServerCredentials.create())
            .addService(new BytesService())
            .maxInboundMessageSize(64 << 20)
            .build()
            .start();
    ingressPort = FreePort.find();
    ingress = NginxIngress.start(directory, remote, ingressPort, backend.getPort());
    tunnel = remote.tunnelTo(ingressPort);
    channel =
        Grpc.newChannelBuilder(tunnel.target(), InsecureChannelCredentials.create())
            .maxInboundMessageSize(64 << 20)
            .build();
  }

  @AfterEach
  void stop() throws Exception {
    if (channel != null) {
      assertThat(channel.shutdownNow().awaitTermination(10, SECONDS)).isTrue();
    }
    if (tunnel != null) {
      tunnel.close();
    }
    if (ingress != null) {
      ingress.close();
    }
    if (backend != null) {
      assertThat(backend.shutdownNow().awaitTermination(10, SECONDS)).isTrue();
    }
  }

  @Test
  void ingressSeesTheClientCertificateTheServerNameAndTheAuthority() {
    byte[] seen = ClientCalls.blockingUnaryCall(channel, BytesService.SEEN, soon(), new byte[0]);

    assertThat(new String(seen, UTF_8)).isEqualTo("CN=observer|remote.test|remote.test");
  }

  @Test
  void messageLargerThanEveryWindowComesBackUnchanged() {
    byte[] message = new byte[32 << 20];
    new Random(3).nextBytes(message);

    byte[] echo = ClientCalls.blockingUnaryCall(channel, BytesService.ECHO, soon(), message);

    assertThat(echo).isEqualTo(message);
  }

  @Test
  void failureOfTheServerKeepsItsStatusMessageAndTrailers() {
    StatusRuntimeException failure = failureOf(BytesService.FAIL, new byte[] {0, -1, 7});

    assertThat(failure.getStatus().getCode()).isEqualTo(Status.Code.FAILED_PRECONDITION);
    assertThat(failure.getStatus().getDescription()).isEqualTo("nicht bereit: ⏳");
    assertThat(failure.getTrailers()).isNotNull();
    assertThat(failure.getTrailers().get(BytesService.DETAIL)).containsExactly(0, -1, 7);
  }

  @Test
  void serverStreamKeepsEveryMessageInOrder() {
    int messages = 100_000;
    byte[] request = ByteBuffer.allocate(8).putInt(messages).putInt(64).array();

    Iterator<byte[]> stream =
        ClientCalls.blockingServerStreamingCall(channel, BytesService.COUNT, soon(), request);

    for (int i = 0; i < messages; i++) {
      assertThat(stream.next()).isEqualTo(BytesService.numbered(i, 64));
    }
    assertThat(stream.hasNext()).isFalse();
  }

  @Test
  void conversationAlternatesOverOneStream() throws Exception {
    LinkedBlockingQueue<byte[]> answers = new LinkedBlockingQueue<>();
    CompletableFuture<Void> end = new CompletableFuture<>();
    StreamObserver<byte[]> questions =
        ClientCalls.asyncBidiStreamingCall(
            channel.newCall(BytesService.TALK, soon()), new Collecting(answers, end));

    for (int i = 0; i < 200; i++) {
      questions.onNext(BytesService.numbered(i, 1000));
      assertThat(answers.poll(10, SECONDS)).isEqualTo(BytesService.numbered(i, 1000));
    }
    questions.onCompleted();

    assertThat(end).succeedsWithin(Duration.ofSeconds(10));
  }

  @Test
  void deadlineEndsTheCallAndLeavesTheConnectionUsable() {
    StatusRuntimeException failure =
        catchThrowableOfType(
            StatusRuntimeException.class,
            () ->
                ClientCalls.blockingUnaryCall(
                    channel,
                    BytesService.NEVER,
                    CallOptions.DEFAULT.withDeadlineAfter(300, MILLISECONDS),
                    new byte[0]));

    assertThat(failure.getStatus().getCode()).isEqualTo(Status.Code.DEADLINE_EXCEEDED);
    assertThat(echoOf(1)).isEqualTo(BytesService.numbered(1, 100));
  }

  @Test
  void callsGoOnWhileTheIngressReplacesItsConnections() throws Exception {
    List<Future<byte[]>> calls = new ArrayList<>();
    for (int i = 0; i < 20 * NginxIngress.REQUESTS_PER_CONNECTION; i++) {
      calls.add(
          ClientCalls.futureUnaryCall(
              channel.newCall(BytesService.ECHO, soon()), BytesService.numbered(i, 100)));
      if (i % 50 == 49) {
        // As a client that works through its calls, not one that throws them all in at once.
        calls.get(i).get(30, SECONDS);
      }
    }

    for (int i = 0; i < calls.size(); i++) {
      assertThat(calls.get(i).get(30, SECONDS)).isEqualTo(BytesService.numbered(i, 100));
    }
  }

  @Test
  void restartedIngressIsFoundByTheNextCall() throws IOException {
    assertThat(echoOf(1)).isEqualTo(BytesService.numbered(1, 100));

    ingress.close();
    ingress = NginxIngress.start(directory, remote, ingressPort, backend.getPort());

    byte[] echo =
        ClientCalls.blockingUnaryCall(
            channel, BytesService.ECHO, soon().withWaitForReady(), BytesService.numbered(2, 100));
    assertThat(echo).isEqualTo(BytesService.numbered(2, 100));
  }

  @Test
  void serverLostBehindTheIngressIsUnavailable() throws Exception {
    assertThat(backend.shutdownNow().awaitTermination(10, SECONDS)).isTrue();

    StatusRuntimeException failure = failureOf(BytesService.ECHO, new byte[0]);

    assertThat(failure.getStatus().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
    assertThat(failure.getStatus().getDescription()).contains("502");
  }

  @Test
  void tunnelWithoutClientCertificateGetsTheIngressesRefusal() throws Exception {
    try (TlsTunnel anonymous =
        TlsTunnel.builder()
            .listen(0)
            .upstream("127.0.0.1", ingressPort)
            .sni(Remote.NAME)
            .trust(remote.ca().pemFile())
            .start()) {
      ManagedChannel refused =
          Grpc.newChannelBuilder(anonymous.target(), InsecureChannelCredentials.create()).build();
      try {
        StatusRuntimeException failure =
            catchThrowableOfType(
                StatusRuntimeException.class,
                () ->
                    ClientCalls.blockingUnaryCall(refused, BytesService.ECHO, soon(), new byte[0]));

        // nginx lets the handshake pass and refuses the request.
        assertThat(failure.getStatus().getDescription()).contains("HTTP status code 400");
      } finally {
        assertThat(refused.shutdownNow().awaitTermination(10, SECONDS)).isTrue();
      }
    }
  }

  private byte[] echoOf(int number) {
    return ClientCalls.blockingUnaryCall(
        channel, BytesService.ECHO, soon(), BytesService.numbered(number, 100));
  }

  private StatusRuntimeException failureOf(
      MethodDescriptor<byte[], byte[]> method, byte[] request) {
    return catchThrowableOfType(
        StatusRuntimeException.class,
        () -> ClientCalls.blockingUnaryCall(channel, method, soon(), request));
  }

  /** Every call is bounded. */
  private static CallOptions soon() {
    return CallOptions.DEFAULT.withDeadlineAfter(60, SECONDS);
  }

  private record Collecting(LinkedBlockingQueue<byte[]> answers, CompletableFuture<Void> end)
      implements StreamObserver<byte[]> {
    @Override
    public void onNext(byte[] message) {
      answers.add(message);
    }

    @Override
    public void onError(Throwable failure) {
      end.completeExceptionally(failure);
    }

    @Override
    public void onCompleted() {
      end.complete(null);
    }
  }
}
