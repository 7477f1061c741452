package io.tlstunnel.bench.compare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import org.junit.jupiter.api.Test;

class OptionsTest {
  @Test
  void withoutArgumentsEverythingIsMeasuredFiveTimes() {
    Options options = Options.parse(List.of());

    assertThat(options.rounds()).isEqualTo(5);
    assertThat(options.peers()).containsExactly(Peer.values());
    assertThat(options.workloads()).containsExactly(Workload.values());
  }

  @Test
  void quickMeasuresTheWorkloadsThatHaveGoals() {
    Options options = Options.parse(List.of("--quick"));

    assertThat(options.rounds()).isEqualTo(3);
    assertThat(options.workloads())
        .containsExactly(Workload.C10X10, Workload.C1X100, Workload.C1X1, Workload.DOWNLOAD);
  }

  @Test
  void peersAndWorkloadsAreChosenByName() {
    Options options =
        Options.parse(List.of("--only", "tunnel,haproxy-tcp", "--workloads", "10x10,upload"));

    assertThat(options.peers()).containsExactly(Peer.TUNNEL, Peer.HAPROXY_TCP);
    assertThat(options.workloads()).containsExactly(Workload.C10X10, Workload.UPLOAD);
  }

  @Test
  void unknownNamesAreToldWithTheKnownOnes() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Options.parse(List.of("--only", "squid")))
        .withMessageStartingWith("squid (expected some of [tunnel, ")
        .withMessageContaining("stunnel");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Options.parse(List.of("--fast")))
        .withMessage("unknown option: --fast");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Options.parse(List.of("--rounds")))
        .withMessage("--rounds: expected a value");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Options.parse(List.of("--rounds", "0")))
        .withMessage("--rounds and --seconds: expected more than 0");
  }
}
