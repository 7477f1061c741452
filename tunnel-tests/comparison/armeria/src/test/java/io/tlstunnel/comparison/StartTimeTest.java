package io.tlstunnel.comparison;

import com.linecorp.armeria.server.Server;
import com.linecorp.armeria.server.grpc.GrpcService;
import io.grpc.protobuf.services.HealthStatusManager;
import io.netty.handler.ssl.ClientAuth;
import org.junit.jupiter.api.Test;

class StartTimeTest {
  @Test
  void startTime() throws Exception {
    Certificates certificates = new Certificates();
    StartTime.print("armeria", () -> run(certificates));
  }

  private static long run(Certificates certificates) {
    long start = System.nanoTime();
    Certificates.Pair shown = certificates.server();
    Server server =
        Server.builder()
            .https(0)
            .tls(shown.chain().toFile(), shown.key().toFile())
            .tlsCustomizer(
                tls -> tls.trustManager(certificates.ca().toFile()).clientAuth(ClientAuth.REQUIRE))
            .service(
                GrpcService.builder()
                    .addService(new HealthStatusManager().getHealthService())
                    .build())
            .build();
    server.start().join();
    try (HealthClient client = new HealthClient(server.activeLocalPort(), certificates)) {
      client.check();
      return System.nanoTime() - start;
    } finally {
      server.stop().join();
    }
  }
}
