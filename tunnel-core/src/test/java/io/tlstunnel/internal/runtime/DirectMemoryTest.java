package io.tlstunnel.internal.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DirectMemoryTest {
  @ParameterizedTest
  @CsvSource({
    "1000000, 1000000",
    "32m, 33554432",
    "64K, 65536",
    "2G, 2147483648",
    "1t, 1099511627776"
  })
  void optionIsReadAsTheJvmReadsIt(String size, long bytes) {
    assertThat(DirectMemory.ofJvm(List.of("-Xmx1g", "-XX:MaxDirectMemorySize=" + size)))
        .isEqualTo(bytes);
  }

  @Test
  void lastOneCounts() {
    assertThat(
            DirectMemory.ofJvm(List.of("-XX:MaxDirectMemorySize=1m", "-XX:MaxDirectMemorySize=2m")))
        .isEqualTo(2 << 20);
  }

  @Test
  void withoutItTheHeapsSizeCounts() {
    assertThat(DirectMemory.ofJvm(List.of())).isEqualTo(Runtime.getRuntime().maxMemory());
    assertThat(DirectMemory.ofJvm(List.of("-XX:MaxDirectMemorySize=0")))
        .isEqualTo(Runtime.getRuntime().maxMemory());
    assertThat(DirectMemory.bytes()).isPositive();
  }
}
