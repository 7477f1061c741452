package io.tlstunnel.tests.cause;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A remote that is lost within the longest frame that it may send. Clients on gRPC's C core take
 * frames of 4 MiB; the tunnel holds no frame of more than 16 KiB, and so allows none.
 */
@Tag("trials")
class LostWithinAFrameTest {
  private static final Duration DEADLINE = Duration.ofSeconds(60);

  @Test
  @DisplayName("4 grpc-python, a remote that is lost within a message: UNAVAILABLE, with the cause")
  void clientOnTheCCoreIsTold(@TempDir Path directory) throws Exception {
    expectTheCause(new PythonClient(directory));
  }

  @Test
  @DisplayName("4 grpc-java, a remote that is lost within a message: UNAVAILABLE, with the cause")
  void grpcJavaIsTold() throws Exception {
    expectTheCause(new JavaClient());
  }

  private static void expectTheCause(Client client) throws Exception {
    try (CauseRoute route = CauseRoute.lostWithinAFrame()) {
      Told told = client.call(route.tunnel().target(), DEADLINE);
      assertThat(told.code()).as("%s", told).isEqualTo("UNAVAILABLE");
      assertThat(told.message())
          .startsWith("connection to " + route.peer() + " failed: the connection was cut off");
    }
  }
}
