package io.tlstunnel.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Java code in the documentation is a part of these examples, or of the comparison with other
 * tools, which are compiled and tested.
 */
final class DocumentedCodeTest {
  private static final Pattern JAVA_BLOCK = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL);

  @ParameterizedTest
  @ValueSource(strings = {"README.md", "docs/harness.md", "docs/tls.md", "docs/diagnosis.md"})
  void everyJavaBlockStandsInTheExamplesLineByLine(String document) throws IOException {
    List<String> blocks =
        JAVA_BLOCK
            .matcher(read(Path.of("..").resolve(document)))
            .results()
            .map(MatchResult::group)
            .map(DocumentedCodeTest::lines)
            .toList();
    List<String> sources = sources();

    assertThat(blocks).isNotEmpty();
    for (String block : blocks) {
      assertThat(sources)
          .as(
              "a source file of tunnel-examples or tunnel-tests/comparison with the lines%n%s",
              block)
          .anyMatch(source -> source.contains(block));
    }
  }

  private static List<String> sources() throws IOException {
    List<String> sources = new ArrayList<>();
    for (Path folder : List.of(Path.of("src"), Path.of("..", "tunnel-tests", "comparison"))) {
      try (Stream<Path> files = Files.walk(folder)) {
        files
            .filter(file -> file.toString().endsWith(".java"))
            .map(DocumentedCodeTest::read)
            .map(DocumentedCodeTest::lines)
            .forEach(sources::add);
      }
    }
    return sources;
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Without indentation, empty lines and the fences of a block. */
  private static String lines(String code) {
    return code.lines()
        .map(String::strip)
        .filter(line -> !line.isEmpty() && !line.startsWith("```"))
        .collect(Collectors.joining("\n", "\n", "\n"));
  }
}
