package io.tlstunnel.bench.soak;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class SoakOptionsTest {
  @Test
  void soakTakesHalfAnHourUnlessToldOtherwise() {
    assertThat(parse()).isEqualTo(new SoakOptions(Duration.ofMinutes(30), 7));
    assertThat(parse("--quick")).isEqualTo(new SoakOptions(Duration.ofMinutes(2), 7));
    assertThat(parse("--minutes", "90", "--seed", "-5"))
        .isEqualTo(new SoakOptions(Duration.ofMinutes(90), -5));
  }

  @Test
  void wrongOptionsAreNamed() {
    assertThatThrownBy(() -> parse("--fast")).hasMessage("unknown option: --fast");
    assertThatThrownBy(() -> parse("--seed")).hasMessage("--seed: expected a number");
    assertThatThrownBy(() -> parse("--minutes", "x"))
        .hasMessage("--minutes: x (expected: a number)");
    assertThatThrownBy(() -> parse("--minutes", "0"))
        .hasMessage("minutes: 0 (expected: at least 1)");
  }

  private static SoakOptions parse(String... arguments) {
    return SoakOptions.parse(List.of(arguments), 7);
  }
}
