package io.tlstunnel.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grpc.ManagedChannel;
import io.tlstunnel.junit.TestRoute;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

final class QuickStartTest {
  @Test
  void printsATableAndEndsWithTheCount() throws Exception {
    PrintStream before = System.out;
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
    try {
      QuickStart.run();
    } finally {
      System.setOut(before);
    }
    List<String> lines = printed.toString(StandardCharsets.UTF_8).lines().toList();
    assertThat(lines).hasSize(4);
    assertThat(lines.get(0)).startsWith("route").endsWith("ms");
    assertThat(lines.get(1)).contains("thanos.east.example", "CN=querier,O=Corp", "1010");
    assertThat(lines.get(2)).contains("thanos.west.example");
    assertThat(lines.get(3)).isEqualTo("quickstart: ok, 2 routes, 22 calls, 2020 messages");
  }

  @Test
  void wrongMessageIsNotOverlooked() {
    try (TestRoute route =
        TestRoute.builder().service(new StoreService(new ClusterData("east")).series()).start()) {
      ManagedChannel channel = route.channel();
      assertThatThrownBy(() -> new StoreClient(channel).readAllSeries(new ClusterData("west")))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageStartingWith("west: message 0 is wrong: {__name__=up, cluster=east");
    }
  }
}
