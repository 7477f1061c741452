package io.tlstunnel.comparison;

import io.grpc.Grpc;
import io.grpc.Server;
import io.grpc.TlsServerCredentials;
import io.grpc.protobuf.services.HealthStatusManager;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class StartTimeTest {
  @Test
  void startTime() throws Exception {
    Certificates certificates = new Certificates();
    StartTime.print("grpc-java", () -> run(certificates));
  }

  private static long run(Certificates certificates) throws Exception {
    long start = System.nanoTime();
    Certificates.Pair shown = certificates.server();
    Server server =
        Grpc.newServerBuilderForPort(
                0,
                TlsServerCredentials.newBuilder()
                    .keyManager(shown.chain().toFile(), shown.key().toFile())
                    .trustManager(certificates.ca().toFile())
                    .clientAuth(TlsServerCredentials.ClientAuth.REQUIRE)
                    .build())
            .addService(new HealthStatusManager().getHealthService())
            .build()
            .start();
    try (HealthClient client = new HealthClient(server.getPort(), certificates)) {
      client.check();
      return System.nanoTime() - start;
    } finally {
      server.shutdownNow().awaitTermination(30, TimeUnit.SECONDS);
    }
  }
}
