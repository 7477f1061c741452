package io.tlstunnel.bench.soak;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class ScheduleTest {
  @Test
  void sameSeedMakesTheSameSchedule() {
    assertThat(rounds(11, 200)).isEqualTo(rounds(11, 200)).isNotEqualTo(rounds(12, 200));
  }

  @Test
  void everyKindComesOnceBeforeAnyComesTwice() {
    List<String> actions = rounds(3, Schedule.kinds());
    assertThat(actions).doesNotHaveDuplicates();
    assertThat(actions).contains("nothing", "the tunnel is drained and started anew");
  }

  private static List<String> rounds(long seed, int count) {
    Schedule schedule = new Schedule(seed);
    return Stream.generate(schedule::next).limit(count).map(Disturbance::what).toList();
  }
}
