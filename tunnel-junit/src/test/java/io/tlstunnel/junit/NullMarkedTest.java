package io.tlstunnel.junit;

import static org.assertj.core.api.Assertions.assertThat;

import io.tlstunnel.junit.fault.Fault;
import java.util.stream.Stream;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Kotlin reads nullness from this: without it every type would be a platform type. */
final class NullMarkedTest {
  static Stream<Package> exported() {
    return Stream.of(TestRoute.class.getPackage(), Fault.class.getPackage());
  }

  @ParameterizedTest
  @MethodSource("exported")
  void exportedPackagesSayWhatMayBeNull(Package exported) {
    assertThat(exported.isAnnotationPresent(NullMarked.class)).isTrue();
  }
}
