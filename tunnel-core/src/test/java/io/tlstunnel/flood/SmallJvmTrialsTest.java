package io.tlstunnel.flood;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.tlstunnel.testpeer.Frame;
import io.tlstunnel.testpeer.RawClient;
import io.tlstunnel.testpeer.Rig;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** A JVM with 32 MiB of direct memory, and clients that would fill it three times over. */
@Tag("trials")
@Timeout(120)
class SmallJvmTrialsTest {
  private static final int ATTACKERS = 100;

  @RegisterExtension final Rig rig = new Rig();

  @TempDir Path directory;

  @Test
  @DisplayName(
      "32 header blocks of 90 MB in 32 MiB: honest calls pass during and after, the log says why")
  void unfinishedBlocks() throws Exception {
    List<String> args = new ArrayList<>(List.of(Integer.toString(rig.server().port())));
    args.addAll(rig.files(directory));
    try (SmallJvm jvm = new SmallJvm(args.toArray(String[]::new))) {
      Bystander bystander = new Bystander(route(jvm));
      bystander.start();
      byte[] most = Requests.many(55, i -> Frame.of(Frame.CONTINUATION, 0, 1, new byte[16_384]));
      List<RawClient> attackers = new ArrayList<>();
      for (int i = 0; i < ATTACKERS; i++) {
        RawClient client = route(jvm).client();
        attackers.add(client);
        try {
          client.send(Frame.of(Frame.HEADERS, 0, 1));
          client.sendBytes(most);
        } catch (UncheckedIOException ended) {
          // Another attacker has made this one the largest.
        }
      }
      await()
          .atMost(Duration.ofSeconds(30))
          .until(() -> jvm.log().stream().anyMatch(line -> line.contains("maxBufferedBytes")));
      Rig.Route during = route(jvm);
      during.client().send(during.client().grpcRequest(1, Frame.END_STREAM));
      assertThat(during.remote().readBlock().streamId()).isEqualTo(1);
      attackers.forEach(RawClient::reset);
      Rig.Route after = route(jvm);
      after.client().send(after.client().grpcRequest(1, Frame.END_STREAM));
      assertThat(after.remote().readBlock().streamId()).isEqualTo(1);
      long p99 = bystander.finish();
      System.out.printf("row: trials 32 p99-in-32-MiB=%.1f ms%n", Bystander.millis(p99));
      assertThat(jvm.log()).noneMatch(line -> line.contains("no direct memory left"));
    }
  }

  private Rig.Route route(SmallJvm jvm) {
    return rig.route(jvm.port(), Frame.settings(), Frame.settings());
  }
}
