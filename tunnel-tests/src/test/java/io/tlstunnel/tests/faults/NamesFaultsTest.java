package io.tlstunnel.tests.faults;

import static io.tlstunnel.tests.faults.FaultRig.FIGURES;
import static io.tlstunnel.tests.faults.FaultRig.echo;
import static io.tlstunnel.tests.faults.FaultRig.recovers;
import static io.tlstunnel.tests.faults.FaultRig.unavailable;
import static io.tlstunnel.tests.faults.Methods.SLOW_ECHO;
import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.tlstunnel.TlsTunnel;
import io.tlstunnel.TlsTunnelBuilder;
import io.tlstunnel.junit.FakeResolver;
import io.tlstunnel.junit.GrpcBackend;
import io.tlstunnel.junit.TestCert;
import io.tlstunnel.tests.rig.Load;
import io.tlstunnel.tls.ClientCert;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The remote's name leads elsewhere, or nowhere: rows 18 to 21 of the fault matrix. */
@Tag("faults")
@Timeout(120)
class NamesFaultsTest {
  private static final String HOST = "backend.test";

  @RegisterExtension final FaultRig rig = new FaultRig();

  private final FakeResolver names = FakeResolver.create();

  @Test
  @DisplayName(
      "18 the name moves to another address under load: new connections follow, 0 failures")
  void nameMoves() {
    Methods methods = rig.methods();
    GrpcBackend old = rig.backend(builder -> builder.service(methods));
    GrpcBackend moved = rig.backend(b -> b.host("127.0.0.2").port(old.port()).service(methods));
    names.answer(HOST, "127.0.0.1");
    ManagedChannel channel =
        rig.channel(tunnel(old.port(), b -> b.maxConnectionAge(Duration.ofMillis(300))));
    Load load = rig.closeAfterwards(Load.start(channel, SLOW_ECHO, CallOptions.DEFAULT, 2_000));
    load.awaitBegun(500);
    assertThat(moved.calls()).isEmpty();
    names.answer(HOST, "127.0.0.2");

    assertThat(load.failures()).isEmpty();
    load.assertSeenOnce(rig.seen());
    int before = old.calls().size();
    recovers(channel);
    assertThat(old.calls()).as("the old address has its peace").hasSize(before);
    assertThat(moved.calls()).hasSizeGreaterThan(100);
    FIGURES.row(18, "failures", 0, "of 2000 calls");
  }

  @Test
  @DisplayName(
      "19 the name service fails: told, what is connected goes on, and the next one tries anew")
  void nameServiceFails() {
    GrpcBackend backend = rig.backend();
    names.fail(HOST, "SERVFAIL");
    TlsTunnel tunnel = tunnel(backend.port(), builder -> {});
    ManagedChannel first = rig.channel(tunnel);
    assertThat(unavailable(echo(first)).getDescription())
        .isEqualTo(
            "name resolution of backend.test:%d failed: the name service failed or did not answer"
                + " (check the name service of this machine (resolv.conf) and the network to it;"
                + " the name may be right)",
            backend.port());
    names.answer(HOST, "127.0.0.1");
    FIGURES.row(19, "recovery", recovers(first));

    names.fail(HOST, "NXDOMAIN");
    recovers(first); // It has its connection.
    ManagedChannel second = rig.channel(tunnel);
    assertThat(unavailable(echo(second)).getDescription()).startsWith("name resolution of");
    names.answer(HOST, "127.0.0.1");
    recovers(second);
    assertThat(backend.connections()).hasSize(2);
  }

  @Test
  @DisplayName("19 the name service does not answer: told at the connect timeout")
  void nameServiceIsSilent() {
    GrpcBackend backend = rig.backend();
    names.stall(HOST);
    TlsTunnel tunnel =
        tunnel(backend.port(), builder -> builder.connectTimeout(Duration.ofMillis(500)));
    ManagedChannel channel = rig.channel(tunnel);
    assertThat(unavailable(echo(channel)).getDescription())
        .startsWith("name resolution of backend.test:" + backend.port() + " failed: no answer for");
    names.answer(HOST, "127.0.0.1");
  }

  @Test
  @DisplayName("20 two of three addresses are dead: 0 failures")
  void someAddressesAreDead() {
    GrpcBackend backend = rig.backend();
    names.answer(HOST, "127.0.0.3", "127.0.0.4", "127.0.0.1");
    TlsTunnel tunnel = tunnel(backend.port(), builder -> {});
    for (int i = 0; i < 20; i++) {
      Duration took = recovers(rig.channel(tunnel));
      if (i == 0) {
        FIGURES.row(20, "first-call", took);
      }
    }
    assertThat(backend.connections()).hasSize(20);
    assertThat(tunnel.stats().routesFailed()).isZero();
  }

  @Test
  @DisplayName(
      "21 all addresses are dead, then one is back: told of each, then the next call works")
  void allAddressesAreDead() {
    Methods methods = rig.methods();
    GrpcBackend port = rig.backend(builder -> builder.service(methods));
    names.answer(HOST, "127.0.0.3", "127.0.0.4");
    TlsTunnel tunnel = tunnel(port.port(), builder -> {});
    ManagedChannel channel = rig.channel(tunnel);
    assertThat(unavailable(echo(channel)).getDescription())
        .contains("none of its 2 addresses: 127.0.0.3 connection refused, 127.0.0.4 connection");
    GrpcBackend back = rig.backend(b -> b.host("127.0.0.4").port(port.port()).service(methods));
    FIGURES.row(21, "recovery", recovers(channel));
    assertThat(back.calls()).hasSize(1);
  }

  private TlsTunnel tunnel(int port, Consumer<TlsTunnelBuilder> settings) {
    TestCert client = rig.ca().client("CN=tunnel");
    TlsTunnelBuilder builder =
        TlsTunnel.builder()
            .upstream(HOST, port)
            .resolver(names)
            .trust(List.of(rig.ca().root()))
            .clientCert(ClientCert.of(client.privateKey(), client.chain()));
    settings.accept(builder);
    return rig.closeAfterwards(builder.start());
  }
}
