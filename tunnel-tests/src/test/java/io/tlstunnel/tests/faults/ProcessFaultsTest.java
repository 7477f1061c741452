package io.tlstunnel.tests.faults;

import static io.tlstunnel.tests.faults.FaultRig.FIGURES;
import static io.tlstunnel.tests.faults.FaultRig.recovers;
import static io.tlstunnel.tests.faults.Methods.DOWNLOAD;
import static io.tlstunnel.tests.faults.Methods.SLOW_ECHO;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.grpc.CallOptions;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.tlstunnel.junit.Frame;
import io.tlstunnel.junit.GrpcBackend;
import io.tlstunnel.tests.rig.Load;
import io.tlstunnel.tests.rig.TestCall;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The tunnel's own process is short of something, stopped or killed: rows 31, 34, 35, 37, 38, 41.
 */
@Tag("faults")
@Timeout(120)
class ProcessFaultsTest {
  private static final CallOptions PATIENT = CallOptions.DEFAULT.withWaitForReady();

  @RegisterExtension final FaultRig rig = new FaultRig();

  @Test
  @DisplayName("31 no file descriptor left: the tunnel waits instead of spinning, and recovers")
  void noFileDescriptors() throws Exception {
    GrpcBackend backend = rig.backend();
    TunnelProcess tunnel =
        tunnel(backend, 0, command -> within(command, "prlimit", "--nofile=160"), List.of());
    ManagedChannel channel = channel(tunnel.port());
    recovers(channel);
    List<RawClient> clients = new ArrayList<>();
    for (int i = 0; i < 240; i++) {
      clients.add(rig.closeAfterwards(new RawClient(tunnel.port(), 65_536)));
    }
    Duration before = tunnel.child().cpu();
    await().pollDelay(Duration.ofSeconds(2)).until(() -> true);
    long percent = tunnel.child().cpu().minus(before).toMillis() / 20;
    assertThat(percent).as("processor time, in percent of a core").isLessThan(60);
    FIGURES.row(31, "cpu", percent, "%");
    recovers(channel); // What is connected goes on.
    for (RawClient client : clients) {
      client.close();
    }
    long begun = System.nanoTime();
    ManagedChannel next = channel(tunnel.port());
    assertThat(TestCall.of(next, Methods.ECHO, PATIENT, new byte[1]).status().isOk()).isTrue();
    FIGURES.row(31, "recovery", Duration.ofNanos(System.nanoTime() - begun));
  }

  @ParameterizedTest(
      name = "{0} {1}, with 150 clients that do not read: the process lives and recovers")
  @CsvSource({"34, -XX:MaxDirectMemorySize=32m", "35, -Xmx64m"})
  void shortOfMemory(int row, String option) throws Exception {
    GrpcBackend backend = rig.backend();
    TunnelProcess tunnel = tunnel(backend, 0, command -> command, List.of(option));
    ManagedChannel channel = channel(tunnel.port());
    recovers(channel);
    List<RawClient> clients = new ArrayList<>();
    for (int i = 0; i < 150; i++) {
      RawClient client = rig.closeAfterwards(new RawClient(tunnel.port(), 4_096));
      clients.add(client);
      client.sendBytes(RawClient.PREFACE);
      client.send(
          Frame.settings(Frame.SETTINGS_INITIAL_WINDOW_SIZE, Integer.MAX_VALUE),
          Frame.windowUpdate(0, Integer.MAX_VALUE - 65_535));
      client.request(
          1, false, "/" + DOWNLOAD.getFullMethodName(), "content-type", "application/grpc");
      client.send(Frame.message(1, Methods.number(1_000)), Frame.data(1, new byte[0], true));
    }
    // Whatever the calls in between meet, each ends once, and none of them wrongly well.
    Load load = rig.closeAfterwards(Load.start(channel, Methods.ECHO, PATIENT, 1_000));
    assertThat(load.failures())
        .extracting(Status::getCode)
        .isSubsetOf(Status.Code.UNAVAILABLE, Status.Code.RESOURCE_EXHAUSTED);
    FIGURES.row(row, "failures", load.failures().size(), "of 1000 calls");
    assertThat(tunnel.child().isAlive()).isTrue();
    for (RawClient client : clients) {
      client.close();
    }
    long begun = System.nanoTime();
    ManagedChannel next = channel(tunnel.port());
    assertThat(TestCall.of(next, Methods.ECHO, PATIENT, new byte[1]).status().isOk()).isTrue();
    FIGURES.row(row, "recovery", Duration.ofNanos(System.nanoTime() - begun));
  }

  @Test
  @DisplayName(
      "37 SIGTERM under 1,000 calls/s, and a new process on the port: 0 failures, exit 143")
  void terminated() throws Exception {
    GrpcBackend backend = rig.backend();
    TunnelProcess first = tunnel(backend, 0, command -> command, List.of());
    Load load = rig.closeAfterwards(Load.start(channel(first.port()), SLOW_ECHO, PATIENT, 2_000));
    load.awaitBegun(700);
    long begun = System.nanoTime();
    first.child().terminate();
    assertThat(first.child().exitValue()).isEqualTo(143);
    FIGURES.row(37, "ended", Duration.ofNanos(System.nanoTime() - begun));
    tunnel(backend, first.port(), command -> command, List.of());
    assertThat(load.failures()).isEmpty();
    load.assertSeenOnce(rig.seen());
    FIGURES.row(37, "failures", 0, "of 2000 calls");
  }

  @Test
  @DisplayName("38 SIGKILL under load and a new process on the port: 14, then OK")
  void killed() throws Exception {
    GrpcBackend backend = rig.backend();
    TunnelProcess first = tunnel(backend, 0, command -> command, List.of());
    ManagedChannel channel = channel(first.port());
    Load load = rig.closeAfterwards(Load.start(channel, SLOW_ECHO, PATIENT, 2_000));
    load.awaitBegun(700);
    first.child().kill();
    first.child().exitValue();
    tunnel(backend, first.port(), command -> command, List.of());
    assertThat(load.failures()).extracting(Status::getCode).isSubsetOf(Status.Code.UNAVAILABLE);
    load.assertSeenOnce(rig.seen());
    FIGURES.row(38, "failures", load.failures().size(), "of 2000 calls");
    assertThat(TestCall.of(channel, Methods.ECHO, PATIENT, new byte[1]).status().isOk()).isTrue();
  }

  @Test
  @DisplayName("41 SIGSTOP for longer than the keepalive, then SIGCONT: the connection lives on")
  void stopped() throws Exception {
    Methods methods = rig.methods();
    GrpcBackend backend =
        rig.backend(
            b ->
                b.service(methods)
                    .server(server -> server.permitKeepAliveTime(1, TimeUnit.MILLISECONDS)));
    TunnelProcess tunnel = tunnel(backend, 0, command -> command, List.of());
    ManagedChannel channel = channel(tunnel.port());
    recovers(channel);
    TestCall open = TestCall.of(channel, Methods.HANG, CallOptions.DEFAULT, new byte[1]);
    tunnel.child().signal("STOP");
    await().pollDelay(TunnelProcess.TOO_LONG).until(() -> true);
    tunnel.child().signal("CONT");
    recovers(channel);
    assertThat(open.ended()).as("the call that was open all the time").isNotDone();
    assertThat(backend.connections()).hasSize(1);
  }

  private TunnelProcess tunnel(
      GrpcBackend backend, int port, UnaryOperator<List<String>> around, List<String> options)
      throws IOException {
    return rig.closeAfterwards(
        TunnelProcess.start(rig.ca(), backend.port(), port, around, options));
  }

  private ManagedChannel channel(int port) {
    ManagedChannel channel =
        Grpc.newChannelBuilder("127.0.0.1:" + port, InsecureChannelCredentials.create()).build();
    rig.closeAfterwards(
        () -> assertThat(channel.shutdownNow().awaitTermination(20, TimeUnit.SECONDS)).isTrue());
    return channel;
  }

  private static List<String> within(List<String> command, String... around) {
    List<String> words = new ArrayList<>(List.of(around));
    words.addAll(command);
    return words;
  }
}
