package io.tlstunnel.examples;

import static io.tlstunnel.junit.TunnelAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grpc.StatusRuntimeException;
import io.tlstunnel.junit.Backend;
import io.tlstunnel.junit.InjectedFault;
import io.tlstunnel.junit.TunnelExtension;
import io.tlstunnel.junit.fault.Http2Code;
import io.tlstunnel.junit.fault.Http2Fault;
import io.tlstunnel.junit.fault.Http2Fault.Goodbye;
import io.tlstunnel.junit.fault.TlsFault;
import io.tlstunnel.junit.fault.When;
import java.io.IOException;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** To copy: a client of your own, on a good day, before an expired certificate, and in a GOAWAY. */
class StoreClientTest {
  private static final ClusterData EAST = new ClusterData("east");

  @RegisterExtension
  final TunnelExtension route =
      TunnelExtension.builder()
          .service(new StoreService(EAST).info())
          .service(new StoreService(EAST).series())
          .serverName("thanos.east.example")
          .build();

  @Test
  void readsAllSeries() throws IOException {
    StoreClient client = new StoreClient(route.channel());

    assertThat(client.info()).isEqualTo(Map.of("cluster", "east"));
    assertThat(client.readAllSeries(EAST)).isEqualTo(ClusterData.SAMPLES);
    assertThat(route.backend()).received("/thanos.Store/Series").withSni("thanos.east.example");
  }

  @Test
  void expiredCertificateIsNamedAndTheNextCallIsServed() throws IOException {
    Backend backend = route.backend();
    StoreClient client = new StoreClient(route.channel());
    InjectedFault expired = backend.inject(TlsFault.EXPIRED);
    assertThatThrownBy(client::info)
        .isInstanceOf(StatusRuntimeException.class)
        .hasMessageContaining("UNAVAILABLE")
        .hasMessageContaining("expired");
    assertThat(backend).receivedNothing();
    expired.remove();
    assertThat(client.info()).isEqualTo(Map.of("cluster", "east"));
  }

  @Test
  void goAwayInMidStreamLosesNothing() throws IOException {
    route.backend().inject(Http2Fault.goAway(Goodbye.TWO_STEP, Http2Code.NO_ERROR), When.call(1));
    StoreClient client = new StoreClient(route.channel());

    assertThat(client.readAllSeries(EAST)).isEqualTo(ClusterData.SAMPLES);
    assertThat(client.info()).isEqualTo(Map.of("cluster", "east"));
    assertThat(route.backend()).acceptedConnections(2);
  }
}
