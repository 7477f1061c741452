package io.tlstunnel.tests.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Ensures that {@code tunnel-tests/reliability --check} lets no row go missing. */
class ReliabilityPageTest {
  private static final String FAILED = "<failure message='no'/>";

  @TempDir private Path root;
  private final List<String> cases = new ArrayList<>();

  @BeforeEach
  void allTwentyRowsOfAGroup() {
    IntStream.rangeClosed(1, 20).forEach(row -> cases.add(row(row, "a failure", "")));
  }

  @Test
  void aGroupWithAllItsRowsIsInOrder() throws Exception {
    assertThat(check(0)).contains("cause: 20 of 20 rows hold", "reliability: ok");
  }

  @Test
  void aMissingRowIsNamed() throws Exception {
    cases.remove(6);
    assertThat(check(1))
        .contains("cause: 19 of 20 rows hold", "missing: 7", "reliability: 1 not ok");
  }

  @Test
  void aRowFailsWithAnyOfItsCases() throws Exception {
    cases.add(row(3, "a failure, the second of its cases", FAILED));
    assertThat(check(1)).contains("cause: 19 of 20 rows hold", "FAILED: 3");
  }

  @Test
  void aSkippedRowDoesNotHold() throws Exception {
    cases.set(4, row(5, "a failure", "<skipped/>"));
    assertThat(check(1)).contains("cause: 19 of 20 rows hold", "skipped: 5");
  }

  @Test
  void aFailureBesideTheRowsIsOneToo() throws Exception {
    cases.add("<testcase name='nothing is left' classname='a.cause.CauseTest'>" + FAILED);
    cases.add("</testcase>");
    assertThat(check(1)).contains("FAILED beside the rows: a.cause.CauseTest: nothing is left");
  }

  @Test
  void aRowThatNobodyKnowsIsRefused() throws Exception {
    cases.add(row(21, "one too many", ""));
    assertThat(check(1)).contains("'row(Cause) 21 one too many' is no row of cause");
  }

  @Test
  void aFigureForNoRowIsRefused() throws Exception {
    cases.add(row(1, "a failure", "<system-out>row: cause 99 told=1 ms\n</system-out>"));
    assertThat(check(1)).contains("a figure for cause 99, which is no row");
  }

  private static String row(int number, String name, String content) {
    return "<testcase name='row(Cause) %d %s' classname='a.cause.CauseTest'>%s</testcase>"
        .formatted(number, name, content);
  }

  /** Writes the report, runs the program, and returns what it printed. */
  private String check(int expectedStatus) throws IOException, InterruptedException {
    Path reports = Files.createDirectories(root.resolve("module/target/surefire-reports"));
    Files.writeString(
        reports.resolve("TEST-a.cause.CauseTest.xml"),
        cases.stream().collect(Collectors.joining("\n", "<testsuite>", "</testsuite>")));
    Path output = root.resolve("output");
    Process process =
        new ProcessBuilder(
                "python3",
                Path.of("reliability").toAbsolutePath().toString(),
                "--check",
                "--root",
                root.toString(),
                "cause")
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    String printed = Files.readString(output);
    assertThat(process.exitValue()).as(printed).isEqualTo(expectedStatus);
    return printed;
  }
}
