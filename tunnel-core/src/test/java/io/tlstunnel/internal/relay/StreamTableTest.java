package io.tlstunnel.internal.relay;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StreamTableTest {
  private static final int BOTH_ENDED = StreamTable.CLIENT_ENDED | StreamTable.REMOTE_ENDED;

  private final StreamTable table = new StreamTable();

  @Test
  void streamIsForgottenOnceBothSidesHaveEndedIt() {
    table.open(1, StreamTable.GRPC);
    table.mark(1, StreamTable.CLIENT_ENDED);
    assertThat(table.flags(1)).isEqualTo(StreamTable.GRPC | StreamTable.CLIENT_ENDED);
    table.mark(1, StreamTable.REMOTE_ENDED | StreamTable.RESPONSE_BEGUN);
    assertThat(table.contains(1)).isFalse();
    assertThat(table.size()).isZero();
  }

  @Test
  void markOpensNothing() {
    table.mark(1, StreamTable.CLIENT_ENDED);
    assertThat(table.contains(1)).isFalse();
  }

  @Test
  void onlyAnsweredStreamsAreKeptWhenWhatWaitedIsWalkedAgain() {
    table.open(1, StreamTable.GRPC | StreamTable.CLIENT_ENDED);
    table.open(3, StreamTable.GRPC | StreamTable.CLIENT_ENDED);
    table.open(3, StreamTable.ANSWERED);
    table.open(5, 0);
    table.keepAnswered();
    assertThat(contents(table))
        .containsExactly(Map.entry(3, StreamTable.ANSWERED | StreamTable.REMOTE_ENDED));
    assertThat(table.answered()).isEqualTo(1);
    table.mark(3, StreamTable.CLIENT_ENDED);
    assertThat(table.answered()).isZero();
  }

  /** Strides make ids collide; what is right is what a map of the library says. */
  @ParameterizedTest
  @ValueSource(ints = {2, 64, 4_096, 1 << 20})
  void behavesLikeAMapThroughRandomOperations(int stride) {
    Random random = new Random(stride);
    Map<Integer, Integer> model = new TreeMap<>();
    for (int step = 0; step < 50_000; step++) {
      int id = 1 + random.nextInt(300) * stride;
      int bits = random.nextInt(32);
      switch (random.nextInt(4)) {
        case 0 -> {
          table.open(id, bits);
          model.merge(id, bits, (before, added) -> before | added);
        }
        case 1 -> {
          table.mark(id, bits);
          model.computeIfPresent(id, (key, before) -> ended(before | bits) ? null : before | bits);
        }
        case 2 -> {
          table.remove(id);
          model.remove(id);
        }
        default -> assertThat(table.contains(id)).isEqualTo(model.containsKey(id));
      }
      assertThat(table.size()).isEqualTo(model.size());
      assertThat(table.flags(id)).isEqualTo(model.getOrDefault(id, 0));
      assertThat(table.has(id, StreamTable.GRPC))
          .isEqualTo((model.getOrDefault(id, 0) & StreamTable.GRPC) != 0);
      if (step % 1_000 == 0) {
        assertThat(contents(table)).containsExactlyElementsOf(model.entrySet());
        assertThat(table.answered())
            .isEqualTo(
                (int) model.values().stream().filter(f -> (f & StreamTable.ANSWERED) != 0).count());
      }
    }
  }

  private static boolean ended(int bits) {
    return (bits & BOTH_ENDED) == BOTH_ENDED;
  }

  private static List<Map.Entry<Integer, Integer>> contents(StreamTable table) {
    List<Map.Entry<Integer, Integer>> contents = new ArrayList<>();
    table.forEach((id, flags) -> contents.add(Map.entry(id, flags)));
    return contents;
  }
}
