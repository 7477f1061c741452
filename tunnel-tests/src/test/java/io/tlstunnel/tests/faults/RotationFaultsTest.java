package io.tlstunnel.tests.faults;

import static io.tlstunnel.tests.faults.FaultRig.FIGURES;
import static io.tlstunnel.tests.faults.FaultRig.echo;
import static io.tlstunnel.tests.faults.FaultRig.recovers;
import static io.tlstunnel.tests.faults.FaultRig.unavailable;
import static io.tlstunnel.tests.faults.Methods.SLOW_ECHO;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.tlstunnel.TlsTunnel;
import io.tlstunnel.TlsTunnelBuilder;
import io.tlstunnel.TunnelStartException;
import io.tlstunnel.TunnelState;
import io.tlstunnel.junit.GrpcBackend;
import io.tlstunnel.junit.RecordedCall;
import io.tlstunnel.junit.TestCa;
import io.tlstunnel.junit.TestCert;
import io.tlstunnel.tests.rig.Load;
import io.tlstunnel.tests.rig.TestCall;
import io.tlstunnel.tls.ClientCert;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Certificates end and are replaced: rows 15 to 17 of the fault matrix, and 32, 33, 36. */
@Tag("faults")
@Timeout(120)
class RotationFaultsTest {
  @RegisterExtension final FaultRig rig = new FaultRig();

  @Test
  @DisplayName(
      "15 the server's certificate expires: what is connected goes on, a new connection is told")
  void serverCertificateExpires() {
    GrpcBackend backend = rig.backend();
    Instant expiry = Instant.now().plusSeconds(6);
    backend.present(
        rig.ca()
            .issue()
            .names("backend.test")
            .valid(Instant.now().minusSeconds(60), expiry)
            .forServer()
            .build());
    TlsTunnel tunnel = rig.tunnel(backend);
    ManagedChannel connected = rig.channel(tunnel);
    recovers(connected);
    await()
        .atMost(Duration.ofSeconds(20))
        .until(() -> Instant.now().isAfter(expiry.plusSeconds(1)));
    recovers(connected);
    ManagedChannel late = rig.channel(tunnel);
    assertThat(unavailable(echo(late)).getDescription())
        .contains("the remote's certificate CN=backend.test expired on");
    backend.present(rig.ca().server("backend.test"));
    FIGURES.row(15, "recovery", recovers(late));
  }

  /** Nothing rotates by itself yet: a new tunnel with the new files takes over the port. */
  @Test
  @DisplayName(
      "16 client certificate replaced under load, by a new tunnel on the port of the old: 0 failures")
  void clientCertificateReplaced(@TempDir Path folder) throws Exception {
    GrpcBackend backend = rig.backend();
    Path chain = folder.resolve("tls.crt");
    Path key = folder.resolve("tls.key");
    rig.ca().client("CN=before").rotateInto(chain, key);
    TlsTunnel first =
        start(backend, 0, b -> b.trust(List.of(rig.ca().root())).clientCert(chain, key));
    int failures =
        loadAcross(
            first,
            () -> {
              try {
                rig.ca().client("CN=after").rotateInto(chain, key);
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            },
            b -> b.trust(List.of(rig.ca().root())).clientCert(chain, key),
            backend);
    FIGURES.row(16, "failures", failures, "of 2000 calls");
    assertThat(backend.calls())
        .extracting(RecordedCall::clientPrincipal)
        .contains("CN=before", "CN=after");
  }

  @Test
  @DisplayName(
      "17 CA replaced under load, old, both, new, by new tunnels on the same port: 0 failures")
  void authorityReplaced() throws Exception {
    TestCa next = TestCa.create("CN=next CA");
    GrpcBackend backend = rig.backend();
    TestCert client = rig.ca().client("CN=tunnel");
    ClientCert cert = ClientCert.of(client.privateKey(), client.chain());
    TlsTunnel first = start(backend, 0, b -> b.trust(List.of(rig.ca().root())).clientCert(cert));
    int failures =
        loadAcross(
            first,
            () -> {},
            b -> b.trust(List.of(rig.ca().root(), next.root())).clientCert(cert),
            backend);
    backend.present(next.server("backend.test"));
    TlsTunnel newOnly = start(backend, 0, b -> b.trust(List.of(next.root())).clientCert(cert));
    recovers(rig.channel(newOnly));
    TlsTunnel oldOnly = start(backend, 0, b -> b.trust(List.of(rig.ca().root())).clientCert(cert));
    assertThat(unavailable(echo(rig.channel(oldOnly))).getDescription())
        .contains("was issued by CN=next CA, which is not trusted");
    FIGURES.row(17, "failures", failures, "of 2000 calls");
  }

  @Test
  @DisplayName(
      "36 drain under 1,000 calls/s and a fresh start on the same port: 0 failures, none twice")
  void drainUnderLoad() throws Exception {
    GrpcBackend backend = rig.backend();
    TlsTunnel first = rig.tunnel(backend);
    int failures = loadAcross(first, () -> {}, this::asBefore, backend);
    FIGURES.row(36, "failures", failures, "of 2000 calls");
    assertThat(first.stats().requestsAnswered()).isZero();
  }

  @Test
  @DisplayName("32 port in use: told which, and nothing is left")
  void portInUse() {
    TlsTunnel first = rig.tunnel(rig.backend());
    assertThatThrownBy(() -> rig.tunnel(1, builder -> builder.listen(first.port())))
        .isInstanceOf(TunnelStartException.class)
        .hasMessage(
            "cannot listen on 127.0.0.1:%d: the port is in use (stop what listens there, or"
                + " listen(0) for a free port)",
            first.port());
    recovers(rig.channel(first));
  }

  @Test
  @DisplayName("33 closed with connections open, and started again on the same port at once")
  void samePortAtOnce() {
    GrpcBackend backend = rig.backend();
    TlsTunnel first = rig.tunnel(backend);
    int port = first.port();
    recovers(rig.channel(first));
    first.close();
    TlsTunnel second = rig.tunnel(backend.port(), builder -> builder.listen(port));
    FIGURES.row(33, "recovery", recovers(rig.channel(second)));
  }

  private void asBefore(TlsTunnelBuilder builder) {
    TestCert client = rig.ca().client("CN=tunnel");
    builder
        .trust(List.of(rig.ca().root()))
        .clientCert(ClientCert.of(client.privateKey(), client.chain()));
  }

  private TlsTunnel start(GrpcBackend backend, int port, Consumer<TlsTunnelBuilder> settings) {
    TlsTunnelBuilder builder =
        TlsTunnel.builder().listen(port).upstream("127.0.0.1", backend.port()).sni("backend.test");
    settings.accept(builder);
    return rig.closeAfterwards(builder.start());
  }

  /** A thousand calls a second, while the tunnel drains and another one takes its port. */
  private int loadAcross(
      TlsTunnel first, Runnable between, Consumer<TlsTunnelBuilder> next, GrpcBackend backend)
      throws Exception {
    int port = first.port();
    ManagedChannel channel = rig.channel(first);
    Load load =
        rig.closeAfterwards(
            Load.start(channel, SLOW_ECHO, CallOptions.DEFAULT.withWaitForReady(), 2_000));
    load.awaitBegun(500);
    between.run();
    CompletableFuture<Void> drained =
        CompletableFuture.runAsync(() -> first.close(Duration.ofSeconds(20)));
    await().pollInterval(Duration.ofMillis(1)).until(() -> first.state() != TunnelState.RUNNING);
    TlsTunnel second =
        await()
            .atMost(Duration.ofSeconds(20))
            .pollInterval(Duration.ofMillis(1))
            .ignoreException(TunnelStartException.class)
            .until(() -> start(backend, port, next), tunnel -> true);
    drained.get(60, TimeUnit.SECONDS);
    assertThat(load.failures()).isEmpty();
    load.assertSeenOnce(rig.seen());
    // On a slow machine the load may have been over before the port changed hands.
    CallOptions patient = CallOptions.DEFAULT.withWaitForReady();
    assertThat(TestCall.of(channel, Methods.ECHO, patient, new byte[1]).status().isOk()).isTrue();
    assertThat(second.stats().connectionsAccepted()).isPositive();
    return load.failures().size();
  }
}
