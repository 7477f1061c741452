package io.tlstunnel.comparison;

import static org.mockserver.model.HttpRequest.request;
import static org.mockserver.model.HttpResponse.response;

import org.junit.jupiter.api.Test;
import org.mockserver.configuration.Configuration;
import org.mockserver.integration.ClientAndServer;

class StartTimeTest {
  @Test
  void startTime() throws Exception {
    Certificates certificates = new Certificates();
    StartTime.print("mockserver", () -> run(certificates));
  }

  private static long run(Certificates certificates) {
    long start = System.nanoTime();
    ClientAndServer server =
        ClientAndServer.startClientAndServer(
            Configuration.configuration()
                .logLevel("WARN")
                .x509CertificatePath(certificates.server().chain().toString())
                .privateKeyPath(certificates.server().key().toString())
                .certificateAuthorityCertificate(certificates.ca().toString())
                .tlsMutualAuthenticationRequired(true)
                .tlsMutualAuthenticationCertificateChain(certificates.ca().toString()),
            0);
    try (HealthClient client =
        new HealthClient(server.getPort(), certificates, HealthClient.OTHER_NAME)) {
      server.uploadGrpcDescriptor(HealthClient.descriptorSet(HealthClient.OTHER_NAME));
      server.when(request()).respond(response().withBody("{\"status\": \"SERVING\"}"));
      client.check();
      return System.nanoTime() - start;
    } finally {
      server.stop();
    }
  }
}
