package io.tlstunnel.comparison;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.mockserver.model.HttpError.error;
import static org.mockserver.model.HttpRequest.request;
import static org.mockserver.model.HttpResponse.response;

import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.mockserver.configuration.Configuration;
import org.mockserver.integration.ClientAndServer;
import org.mockserver.matchers.Times;
import org.mockserver.model.HttpError.StreamErrorCode;
import org.mockserver.model.HttpRequest;

class MockServerTest {
  private static final Certificates CERTIFICATES = new Certificates();
  private static final HttpRequest CHECK = request().withPath("/store.health.Health/Check");

  private ClientAndServer server;
  private HealthClient client;

  private void start(Certificates.Pair shown) {
    server =
        ClientAndServer.startClientAndServer(
            Configuration.configuration()
                .logLevel("WARN")
                .x509CertificatePath(shown.chain().toString())
                .privateKeyPath(shown.key().toString())
                .certificateAuthorityCertificate(CERTIFICATES.ca().toString())
                .tlsMutualAuthenticationRequired(true)
                .tlsMutualAuthenticationCertificateChain(CERTIFICATES.ca().toString()),
            0);
    server.uploadGrpcDescriptor(HealthClient.descriptorSet(HealthClient.OTHER_NAME));
    client = new HealthClient(server.getPort(), CERTIFICATES, HealthClient.OTHER_NAME);
  }

  @AfterEach
  void close() {
    client.close();
    server.stop();
  }

  /** A client certificate is required; over HTTP/2 neither its subject nor the SNI is recorded. */
  @Test
  void mutualTls() {
    start(CERTIFICATES.server());
    server.when(CHECK).respond(response().withBody("{\"status\": \"SERVING\"}"));
    assertThat(client.check()).isEqualTo(ServingStatus.SERVING);
    HttpRequest[] recorded = server.retrieveRecordedRequests(CHECK);
    assertThat(recorded).hasSize(1);
    assertThat(recorded[0].getClientCertificateChain()).isNull();
  }

  @Test
  void expiredServerCertificate() {
    start(CERTIFICATES.expired());
    assertThatThrownBy(client::check).hasMessageContaining("UNAVAILABLE");
    assertThat(server.retrieveRecordedRequests(CHECK)).isEmpty();
  }

  @Test
  void secondCallUnavailableThirdCallSlow() {
    start(CERTIFICATES.server());
    String serving = "{\"status\": \"SERVING\"}";
    server.when(CHECK, Times.once()).respond(response().withBody(serving));
    server
        .when(CHECK, Times.once())
        .respond(
            response()
                .withHeader("grpc-status-name", "UNAVAILABLE")
                .withHeader("grpc-message", "down"));
    server
        .when(CHECK, Times.once())
        .respond(response().withBody(serving).withDelay(TimeUnit.MILLISECONDS, 200));
    assertThat(client.check()).isEqualTo(ServingStatus.SERVING);
    assertThatThrownBy(client::check).hasMessage("UNAVAILABLE: down");
    long start = System.nanoTime();
    assertThat(client.check()).isEqualTo(ServingStatus.SERVING);
    assertThat(System.nanoTime() - start).isGreaterThan(190_000_000);
  }

  @Test
  void resetInsteadOfAResponse() {
    start(CERTIFICATES.server());
    server.when(CHECK).error(error().withStreamError(StreamErrorCode.INTERNAL_ERROR));
    assertThatThrownBy(client::check).hasMessageContaining("INTERNAL");
  }
}
