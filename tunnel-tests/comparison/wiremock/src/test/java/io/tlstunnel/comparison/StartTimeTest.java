package io.tlstunnel.comparison;

import static com.github.tomakehurst.wiremock.core.WireMockConfiguration.wireMockConfig;
import static org.wiremock.grpc.dsl.WireMockGrpc.message;
import static org.wiremock.grpc.dsl.WireMockGrpc.method;

import com.github.tomakehurst.wiremock.WireMockServer;
import com.github.tomakehurst.wiremock.client.WireMock;
import io.grpc.health.v1.HealthCheckResponse;
import io.grpc.health.v1.HealthGrpc;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.wiremock.grpc.GrpcExtensionFactory;
import org.wiremock.grpc.dsl.WireMockGrpcService;

class StartTimeTest {
  @TempDir Path root;

  @Test
  void startTime() throws Exception {
    Certificates certificates = new Certificates();
    Path descriptors = Files.createDirectories(root.resolve("grpc")).resolve("health.dsc");
    Files.write(descriptors, HealthClient.descriptorSet(HealthGrpc.SERVICE_NAME));
    StartTime.print("wiremock", () -> run(certificates));
  }

  private long run(Certificates certificates) {
    long start = System.nanoTime();
    WireMockServer server =
        new WireMockServer(
            wireMockConfig()
                .withRootDirectory(root.toString())
                .extensions(new GrpcExtensionFactory())
                .httpDisabled(true)
                .dynamicHttpsPort()
                .keystorePath(certificates.server().keyStore().toString())
                .keystoreType("PKCS12")
                .keystorePassword(Certificates.PASSWORD)
                .keyManagerPassword(Certificates.PASSWORD)
                .needClientAuth(true)
                .trustStorePath(certificates.trustStore().toString())
                .trustStoreType("PKCS12")
                .trustStorePassword(Certificates.PASSWORD));
    server.start();
    try (HealthClient client = new HealthClient(server.httpsPort(), certificates)) {
      new WireMockGrpcService(new WireMock(server), HealthGrpc.SERVICE_NAME)
          .stubFor(method("Check").willReturn(message(HealthCheckResponse.getDefaultInstance())));
      client.check();
      return System.nanoTime() - start;
    } finally {
      server.stop();
    }
  }
}
