package io.tlstunnel.tests.faults;

import static io.tlstunnel.tests.faults.Methods.ECHO;
import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.tlstunnel.TlsTunnel;
import io.tlstunnel.TlsTunnelBuilder;
import io.tlstunnel.junit.Backend;
import io.tlstunnel.junit.ConnectionScript;
import io.tlstunnel.junit.GrpcBackend;
import io.tlstunnel.junit.GrpcBackendBuilder;
import io.tlstunnel.junit.ScriptedBackend;
import io.tlstunnel.junit.TestCa;
import io.tlstunnel.junit.TestCert;
import io.tlstunnel.tests.rig.Figures;
import io.tlstunnel.tests.rig.NothingLeft;
import io.tlstunnel.tests.rig.TestCall;
import io.tlstunnel.tls.ClientCert;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * The parts of a route, which a test puts together as it needs them. After each test they are
 * closed, the last one first, and then nothing may be left of them.
 */
final class FaultRig implements BeforeEachCallback, AfterEachCallback {
  static final Figures FIGURES = new Figures("faults");

  /** grpc-java tells of each broken stream, with a stack trace. */
  private static final Logger GRPC_LOG = Logger.getLogger("io.grpc");

  static {
    GRPC_LOG.setLevel(Level.SEVERE);
  }

  private static final TestCa CA = TestCa.create();
  private static final TestCert CLIENT = CA.client("CN=tunnel");

  private final Deque<AutoCloseable> open = new ArrayDeque<>();
  private final Queue<String> seen = new ConcurrentLinkedQueue<>();
  private @Nullable NothingLeft nothingLeft;

  @Override
  public void beforeEach(ExtensionContext context) {
    nothingLeft = new NothingLeft();
  }

  @Override
  public void afterEach(ExtensionContext context) throws Exception {
    for (AutoCloseable next = open.poll(); next != null; next = open.poll()) {
      next.close();
    }
    // A test that failed has its own complaint.
    if (context.getExecutionException().isEmpty() && nothingLeft != null) {
      nothingLeft.verify();
    }
  }

  TestCa ca() {
    return CA;
  }

  <T extends AutoCloseable> T closeAfterwards(T resource) {
    open.push(resource);
    return resource;
  }

  Methods methods() {
    return closeAfterwards(new Methods(seen::add));
  }

  GrpcBackend backend(Consumer<GrpcBackendBuilder> settings) {
    GrpcBackendBuilder builder = GrpcBackend.builder(CA);
    settings.accept(builder);
    return closeAfterwards(builder.start());
  }

  GrpcBackend backend() {
    Methods methods = methods();
    return backend(builder -> builder.service(methods));
  }

  ScriptedBackend scripted(ConnectionScript script) {
    return closeAfterwards(ScriptedBackend.builder(CA).script(script).start());
  }

  /** A tunnel to a port of this machine where a backend of this rig is, or will be. */
  TlsTunnel tunnel(int port, Consumer<TlsTunnelBuilder> settings) {
    TlsTunnelBuilder builder =
        TlsTunnel.builder()
            .upstream("127.0.0.1", port)
            .sni("backend.test")
            .trust(List.of(CA.root()))
            .clientCert(ClientCert.of(CLIENT.privateKey(), CLIENT.chain()));
    settings.accept(builder);
    return closeAfterwards(builder.start());
  }

  TlsTunnel tunnel(Backend backend) {
    return tunnel(backend.port(), builder -> {});
  }

  ManagedChannel channel(TlsTunnel tunnel) {
    ManagedChannel channel =
        Grpc.newChannelBuilder(tunnel.target(), InsecureChannelCredentials.create()).build();
    closeAfterwards(() -> close(channel));
    return channel;
  }

  /** A channel through a tunnel of its own with no options. */
  ManagedChannel channelTo(Backend backend) {
    return channel(tunnel(backend));
  }

  /** A call that is answered with what it asked. */
  static TestCall echo(Channel channel) {
    return TestCall.of(channel, ECHO, CallOptions.DEFAULT, new byte[] {1, 2, 3});
  }

  /** The next call succeeds; this is how long it took. */
  static Duration recovers(Channel channel) {
    long begun = System.nanoTime();
    TestCall next = echo(channel);
    assertThat(next.status())
        .as("the next call")
        .extracting(Status::getCode)
        .isEqualTo(Status.Code.OK);
    assertThat(next.responses()).containsExactly(new byte[] {1, 2, 3});
    return Duration.ofNanos(System.nanoTime() - begun);
  }

  /** What the client is told of a lost or unreachable remote. */
  static Status unavailable(TestCall call) {
    Status status = call.status();
    assertThat(status.getCode()).as("%s", status).isEqualTo(Status.Code.UNAVAILABLE);
    return status;
  }

  /** The ids of the calls that have reached the application of a remote with {@link Methods}. */
  Queue<String> seen() {
    return seen;
  }

  /** How often the remote has seen a call. */
  static long timesSeen(Backend backend, TestCall call) {
    return backend.calls().stream()
        .filter(seen -> seen.header(TestCall.ID).equals(call.id()))
        .count();
  }

  private static void close(ManagedChannel channel) throws InterruptedException {
    channel.shutdownNow();
    assertThat(channel.awaitTermination(20, TimeUnit.SECONDS)).as("the channel ends").isTrue();
  }
}
