package io.tlstunnel.tests.rig;

import static org.assertj.core.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** A program of the operating system that a test cannot bring along. */
public enum Program {
  NGINX("nginx"),
  OPENSSL("openssl"),
  NGHTTPD("nghttpd"),
  NGHTTP("nghttp"),
  H2LOAD("h2load"),
  NGHTTPX("nghttpx"),
  CURL("curl"),
  SSH_KEYGEN("ssh-keygen"),
  NODE("node"),
  /** Debian's, whatever else is called python3: its packages are to be found. */
  DEBIAN_PYTHON("/usr/bin/python3");

  private static final List<String> SYSTEM_DIRECTORIES =
      List.of("/usr/sbin", "/usr/bin", "/sbin", "/bin", "/usr/local/sbin", "/usr/local/bin");

  private final String command;

  Program(String command) {
    this.command = command;
  }

  /**
   * The program's file; where it is missing the test is skipped, except in CI, where a skipped peer
   * would pass for a tested one.
   */
  public Path require() {
    // Debian keeps servers in /usr/sbin, which is in root's PATH only.
    return Stream.concat(
            Stream.of(System.getenv().getOrDefault("PATH", "").split(":")),
            SYSTEM_DIRECTORIES.stream())
        .filter(directory -> !directory.isEmpty())
        .map(directory -> Path.of(directory).resolve(command))
        .filter(Files::isExecutable)
        .findFirst()
        .orElseGet(() -> missing(command));
  }

  /** Ends the test, since this program is not there. */
  public static Path missing(String program) {
    String message = "skipped: " + program + " not installed";
    if ("true".equals(System.getenv("CI"))) {
      return fail(message + " (with CI=true every peer must be there)");
    }
    return abort(message);
  }
}
