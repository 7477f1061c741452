package io.tlstunnel.tests.trials;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.tlstunnel.tests.rig.Program;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** Runs commands of the openssl program, as whoever reads a remedy would. */
record Shell(Path directory) {
  static Shell in(Path directory) {
    Program.OPENSSL.require();
    return new Shell(directory);
  }

  /** Runs a command, which must succeed, and returns what it printed. */
  String run(String command) throws IOException, InterruptedException {
    Path output = Files.createTempFile(directory, "output", ".txt");
    assertThat(status(command, output)).as("%s: %s", command, Files.readString(output)).isZero();
    return Files.readString(output);
  }

  boolean succeeds(String command) throws IOException, InterruptedException {
    return status(command, Files.createTempFile(directory, "output", ".txt")) == 0;
  }

  /** A file in the directory with that text. */
  Path file(String name, String text) throws IOException {
    return Files.write(directory.resolve(name), text.getBytes(UTF_8));
  }

  String read(String name) throws IOException {
    return Files.readString(directory.resolve(name));
  }

  private int status(String command, Path output) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder("sh", "-c", command)
            .directory(directory.toFile())
            .redirectErrorStream(true)
            .redirectInput(Path.of("/dev/null").toFile())
            .redirectOutput(output.toFile())
            .start();
    try {
      assertThat(process.waitFor(60, TimeUnit.SECONDS)).as("%s ends", command).isTrue();
      return process.exitValue();
    } finally {
      process.destroyForcibly();
    }
  }
}
