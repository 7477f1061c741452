package io.tlstunnel.bench.compare;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** The operating system's programs. */
final class Programs {
  private static final List<String> DIRECTORIES =
      List.of("/usr/sbin", "/usr/bin", "/usr/local/bin");

  private Programs() {}

  static Optional<Path> find(String command) {
    // Debian keeps servers in /usr/sbin, which is in root's PATH only.
    return Stream.concat(
            Stream.of(System.getenv().getOrDefault("PATH", "").split(":", -1)),
            DIRECTORIES.stream())
        .filter(directory -> !directory.isEmpty())
        .map(directory -> Path.of(directory, command))
        .filter(Files::isExecutable)
        .findFirst();
  }

  static String require(String command) {
    return find(command)
        .orElseThrow(
            () ->
                new IllegalStateException(
                    command + " is not installed and nothing can be measured without it"))
        .toString();
  }
}
