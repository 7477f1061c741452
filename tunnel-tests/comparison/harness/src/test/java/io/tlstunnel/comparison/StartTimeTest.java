package io.tlstunnel.comparison;

import io.tlstunnel.junit.GrpcBackend;
import io.tlstunnel.junit.TestCa;
import io.tlstunnel.junit.TestCert;
import org.junit.jupiter.api.Test;

class StartTimeTest {
  @Test
  void startTime() throws Exception {
    StartTime.print("harness", StartTimeTest::run);
  }

  private static long run() {
    long start = System.nanoTime();
    TestCa ca = TestCa.create();
    TestCert desk = ca.client("CN=desk");
    try (GrpcBackend backend =
            GrpcBackend.builder(ca).serverName("store.example").health().start();
        HealthClient client =
            new HealthClient(backend.port(), ca.pemFile(), desk.chainFile(), desk.keyFile())) {
      client.check();
      return System.nanoTime() - start;
    }
  }
}
