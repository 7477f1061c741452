package io.tlstunnel.comparison;

import static com.github.tomakehurst.wiremock.client.WireMock.postRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.urlPathEqualTo;
import static com.github.tomakehurst.wiremock.core.WireMockConfiguration.wireMockConfig;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.wiremock.grpc.dsl.WireMockGrpc.message;
import static org.wiremock.grpc.dsl.WireMockGrpc.method;

import com.github.tomakehurst.wiremock.WireMockServer;
import com.github.tomakehurst.wiremock.client.WireMock;
import com.github.tomakehurst.wiremock.http.Fault;
import io.grpc.health.v1.HealthCheckResponse;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.wiremock.grpc.GrpcExtensionFactory;
import org.wiremock.grpc.dsl.WireMockGrpc.Status;
import org.wiremock.grpc.dsl.WireMockGrpcService;

class WireMockTest {
  private static final Certificates CERTIFICATES = new Certificates();
  private static final HealthCheckResponse SERVING =
      HealthCheckResponse.newBuilder().setStatus(ServingStatus.SERVING).build();

  @TempDir Path root;
  private WireMockServer server;
  private WireMockGrpcService health;
  private HealthClient client;

  private void start(Certificates.Pair shown) throws IOException {
    Path descriptors = Files.createDirectories(root.resolve("grpc")).resolve("health.dsc");
    Files.write(descriptors, HealthClient.descriptorSet(HealthGrpc.SERVICE_NAME));
    server =
        new WireMockServer(
            wireMockConfig()
                .withRootDirectory(root.toString())
                .extensions(new GrpcExtensionFactory())
                .httpDisabled(true)
                .dynamicHttpsPort()
                .keystorePath(shown.keyStore().toString())
                .keystoreType("PKCS12")
                .keystorePassword(Certificates.PASSWORD)
                .keyManagerPassword(Certificates.PASSWORD)
                .needClientAuth(true)
                .trustStorePath(CERTIFICATES.trustStore().toString())
                .trustStoreType("PKCS12")
                .trustStorePassword(Certificates.PASSWORD));
    server.start();
    health = new WireMockGrpcService(new WireMock(server), HealthGrpc.SERVICE_NAME);
    client = new HealthClient(server.httpsPort(), CERTIFICATES);
  }

  @AfterEach
  void close() {
    client.close();
    server.stop();
  }

  /** A client certificate is required; neither its subject nor the SNI can be asserted. */
  @Test
  void mutualTls() throws IOException {
    start(CERTIFICATES.server());
    health.stubFor(method("Check").willReturn(message(SERVING)));
    assertThat(client.check()).isEqualTo(ServingStatus.SERVING);
    server.verify(postRequestedFor(urlPathEqualTo("/grpc.health.v1.Health/Check")));
  }

  @Test
  void expiredServerCertificate() throws IOException {
    start(CERTIFICATES.expired());
    assertThatThrownBy(client::check).hasMessageContaining("UNAVAILABLE");
    assertThat(server.getAllServeEvents()).isEmpty();
  }

  @Test
  void secondCallUnavailableThirdCallSlow() throws IOException {
    start(CERTIFICATES.server());
    health.stubFor(method("Check").willReturn(message(SERVING)));
    assertThat(client.check()).isEqualTo(ServingStatus.SERVING);
    health.stubFor(method("Check").willReturn(Status.UNAVAILABLE, "down"));
    assertThatThrownBy(client::check).hasMessage("UNAVAILABLE: down");
    health.stubFor(method("Check").willReturn(message(SERVING).withFixedDelay(200)));
    long start = System.nanoTime();
    assertThat(client.check()).isEqualTo(ServingStatus.SERVING);
    assertThat(System.nanoTime() - start).isGreaterThan(190_000_000);
  }

  /** No reset: over gRPC the fault arrives as a status. */
  @Test
  void connectionResetArrivesAsUnknown() throws IOException {
    start(CERTIFICATES.server());
    health.stubFor(method("Check").willReturn(Fault.CONNECTION_RESET_BY_PEER));
    assertThatThrownBy(client::check).hasMessageContaining("UNKNOWN");
  }
}
