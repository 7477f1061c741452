package io.tlstunnel.comparison;

import static io.tlstunnel.junit.TunnelAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grpc.health.v1.HealthCheckResponse;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.tlstunnel.junit.GrpcBackend;
import io.tlstunnel.junit.TestCa;
import io.tlstunnel.junit.TestCert;
import io.tlstunnel.junit.fault.GrpcFault;
import io.tlstunnel.junit.fault.Http2Code;
import io.tlstunnel.junit.fault.Http2Fault;
import io.tlstunnel.junit.fault.Http2Fault.Moment;
import io.tlstunnel.junit.fault.NetworkFault;
import io.tlstunnel.junit.fault.NetworkFault.Direction;
import io.tlstunnel.junit.fault.TlsFault;
import io.tlstunnel.junit.fault.When;
import java.time.Duration;
import java.util.Iterator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class HarnessTest {
  private final TestCa ca = TestCa.create();
  private final TestCert desk = ca.client("CN=desk");
  private final GrpcBackend backend =
      GrpcBackend.builder(ca).serverName("store.example").health().start();
  private final HealthClient client =
      new HealthClient(backend.port(), ca.pemFile(), desk.chainFile(), desk.keyFile());

  @AfterEach
  void close() {
    client.close();
    backend.close();
  }

  @Test
  void mutualTlsWithSniAndIdentity() {
    assertThat(client.check()).isEqualTo(ServingStatus.SERVING);
    assertThat(backend)
        .received("/grpc.health.v1.Health/Check")
        .withSni("store.example")
        .withClientPrincipal("CN=desk");
  }

  @Test
  void expiredServerCertificate() {
    backend.inject(TlsFault.EXPIRED);
    assertThatThrownBy(client::check).hasMessageContaining("UNAVAILABLE");
    assertThat(backend).receivedNothing();
  }

  @Test
  void secondCallUnavailableThirdCallSlow() {
    backend.inject(GrpcFault.status(14, "down"), When.call(2));
    backend.inject(GrpcFault.delay(Duration.ofMillis(200)), When.call(3));
    assertThat(client.check()).isEqualTo(ServingStatus.SERVING);
    assertThatThrownBy(client::check).hasMessage("UNAVAILABLE: down");
    long start = System.nanoTime();
    assertThat(client.check()).isEqualTo(ServingStatus.SERVING);
    assertThat(System.nanoTime() - start).isGreaterThan(190_000_000);
  }

  @Test
  void resetInMidStream() {
    backend.inject(Http2Fault.reset(Http2Code.INTERNAL_ERROR, Moment.IN_DATA), When.call(1));
    Iterator<HealthCheckResponse> statuses = client.watch();
    assertThatThrownBy(statuses::next).hasMessageContaining("INTERNAL");
    assertThat(client.check()).isEqualTo(ServingStatus.SERVING);
  }

  @Test
  void connectionResetAfterBytes() {
    backend.inject(NetworkFault.resetAfter(Direction.RESPONSE, 1_000), When.connection(1));
    assertThatThrownBy(client::check).hasMessageContaining("UNAVAILABLE");
  }
}
