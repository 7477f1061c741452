package io.tlstunnel.tests.faults;

import static io.tlstunnel.tests.faults.FaultRig.FIGURES;
import static io.tlstunnel.tests.faults.FaultRig.echo;
import static io.tlstunnel.tests.faults.FaultRig.recovers;
import static io.tlstunnel.tests.faults.FaultRig.unavailable;
import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.netty.buffer.PooledByteBufAllocator;
import io.tlstunnel.TlsTunnel;
import io.tlstunnel.TlsTunnelBuilder;
import io.tlstunnel.tests.rig.TestCall;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The network itself fails, in a network namespace: rows 6, 7, 8 and 47 of the fault matrix. */
@Tag("faults")
@Timeout(120)
class NetnsFaultsTest {
  private static final Duration DEAD = Duration.ofSeconds(3);

  @RegisterExtension final FaultRig rig = new FaultRig();

  private Namespace elsewhere;
  private RemoteProcess remote;

  @BeforeEach
  void startRemote() throws Exception {
    elsewhere = rig.closeAfterwards(Namespace.create());
    remote = rig.closeAfterwards(RemoteProcess.startIn(elsewhere));
  }

  @AfterEach
  void letTheRemoteEnd() throws Exception {
    elsewhere.letPass();
  }

  @Test
  @DisplayName("6 iptables drops all under an open stream with unacknowledged data: TCP gives up")
  void blackholeWithUnacknowledgedData() throws Exception {
    TlsTunnel tunnel = tunnel(builder -> builder.deadPeerTimeout(DEAD));
    ManagedChannel channel = rig.channel(tunnel);
    recovers(channel);
    TestCall upload = TestCall.begin(channel, Methods.UPLOAD, CallOptions.DEFAULT).request(1);
    elsewhere.dropAll();
    long begun = System.nanoTime();
    upload.send(new byte[1_000]);
    toldOfDeadPeer(6, "noticed-unacknowledged", upload, begun);
  }

  @Test
  @DisplayName("6 iptables drops all under an open stream that is silent: TCP's keepalive gives up")
  void blackholeWhileSilent() throws Exception {
    TlsTunnel tunnel = tunnel(builder -> builder.deadPeerTimeout(DEAD));
    ManagedChannel channel = rig.channel(tunnel);
    recovers(channel);
    TestCall call = TestCall.of(channel, Methods.HANG, CallOptions.DEFAULT, new byte[1]);
    recovers(channel); // What was sent before it has arrived.
    elsewhere.dropAll();
    toldOfDeadPeer(6, "noticed-silent", call, System.nanoTime());
  }

  @Test
  @DisplayName(
      "7 iptables drops all on an idle connection: the next call is told, the one after it works")
  void blackholeOnAnIdleConnection() throws Exception {
    TlsTunnel tunnel = tunnel(builder -> builder.deadPeerTimeout(DEAD));
    ManagedChannel channel = rig.channel(tunnel);
    recovers(channel);
    elsewhere.dropAll();
    long begun = System.nanoTime();
    toldOfDeadPeer(7, "noticed-by-tcp", echo(channel), begun);
  }

  @Test
  @DisplayName("8 iptables drops the SYN: told at the connect timeout")
  void connectBlackhole() throws Exception {
    TlsTunnel tunnel = tunnel(builder -> builder.connectTimeout(Duration.ofSeconds(1)));
    elsewhere.dropAll();
    ManagedChannel channel = rig.channel(tunnel);
    long begun = System.nanoTime();
    assertThat(unavailable(echo(channel)).getDescription())
        .startsWith(
            "TCP connect to " + elsewhere.address() + ":" + remote.port() + " failed: no answer");
    FIGURES.row(8, "told-in-namespace", Duration.ofNanos(System.nanoTime() - begun));
    elsewhere.letPass();
    recovers(channel);
  }

  @Test
  @DisplayName("47 1 Mbit/s: a download goes on, and the tunnel holds little of it")
  void slowLink() throws Exception {
    elsewhere.limitTo("1mbit");
    ManagedChannel channel = rig.channel(tunnel(builder -> {}));
    long before = PooledByteBufAllocator.DEFAULT.pinnedDirectMemory();
    long begun = System.nanoTime();
    TestCall download =
        TestCall.begin(channel, Methods.DOWNLOAD, CallOptions.DEFAULT).request(1_000);
    download.send(Methods.number(24)).halfClose();
    long most = 0;
    for (int i = 0; i < 24; i++) {
      assertThat(download.take()).hasSize(16_384);
      most = Math.max(most, PooledByteBufAllocator.DEFAULT.pinnedDirectMemory() - before);
    }
    assertThat(download.status().isOk()).isTrue();
    Duration took = Duration.ofNanos(System.nanoTime() - begun);
    assertThat(took).as("384 KiB at 1 Mbit/s").isGreaterThan(Duration.ofSeconds(2));
    assertThat(most).as("bytes held").isLessThan(4 << 20);
    FIGURES.row(47, "took", took);
    FIGURES.row(47, "held", most / 1_024, "KiB");
  }

  private void toldOfDeadPeer(int row, String figure, TestCall call, long begun) throws Exception {
    assertThat(unavailable(call).getDescription())
        .isEqualTo(
            "connection to %s:%d failed: the remote no longer answers (TCP timed out) (check the"
                + " network between here and the remote)",
            elsewhere.address(), remote.port());
    Duration noticed = Duration.ofNanos(System.nanoTime() - begun);
    assertThat(noticed).isLessThan(Duration.ofSeconds(20));
    FIGURES.row(row, figure, noticed);
    elsewhere.letPass();
    recovers(rig.channel(tunnel(builder -> {})));
  }

  private TlsTunnel tunnel(Consumer<TlsTunnelBuilder> settings) {
    TlsTunnelBuilder builder =
        TlsTunnel.builder()
            .upstream(elsewhere.address(), remote.port())
            .sni("backend.test")
            .trust(Path.of(remote.authority()))
            .clientCert(Path.of(remote.chain()), Path.of(remote.key()));
    settings.accept(builder);
    return rig.closeAfterwards(builder.start());
  }
}
