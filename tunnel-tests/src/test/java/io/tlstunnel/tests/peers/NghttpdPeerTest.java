package io.tlstunnel.tests.peers;

import static org.assertj.core.api.Assertions.assertThat;

import io.tlstunnel.TlsTunnel;
import io.tlstunnel.tests.rig.FreePort;
import io.tlstunnel.tests.rig.H2loadReport;
import io.tlstunnel.tests.rig.Program;
import io.tlstunnel.tests.rig.Remote;
import io.tlstunnel.tests.rig.RunningProgram;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** nghttp2's server behind mutual TLS, nghttp2's clients in front: neither knows of the tunnel. */
@Tag("peers")
class NghttpdPeerTest {
  private static final Duration BOUND = Duration.ofMinutes(3);
  private static final long QUARTER_GIB = 256L << 20;
  private static final long ONE_GIB = 4 * QUARTER_GIB;

  @TempDir static Path directory;
  private static RunningProgram nghttpd;
  private static TlsTunnel tunnel;
  private static Payload small;
  private static Payload large;

  @BeforeAll
  static void start() throws IOException {
    Path program = Program.NGHTTPD.require();
    Path content = Files.createDirectory(directory.resolve("content"));
    small = Payload.create(content.resolve("small"), 100, 1);
    large = Payload.create(content.resolve("large"), QUARTER_GIB, 2);
    Remote remote = new Remote();
    int port = FreePort.find();
    nghttpd =
        RunningProgram.start(
                directory,
                "nghttpd",
                List.of(
                    program.toString(),
                    "--verify-client",
                    "--echo-upload",
                    "--address=127.0.0.1",
                    "--htdocs=" + content,
                    String.valueOf(port),
                    remote.server().keyFile().toString(),
                    remote.server().chainFile().toString()))
            .awaitPort(port);
    tunnel = remote.tunnelTo(port);
  }

  @AfterAll
  static void stop() throws IOException {
    if (tunnel != null) {
      tunnel.close();
    }
    if (nghttpd != null) {
      nghttpd.close();
    }
  }

  @Test
  void hundredThousandRequestsOverHundredConnectionsAllSucceed() throws Exception {
    H2loadReport report = h2load("small", "-n100000", "-c100", "-m10");

    assertThat(report).isEqualTo(new H2loadReport(100_000, 100_000, 100_000 * small.size()));
  }

  @Test
  void everyNewConnectionCarriesItsFirstRequest() throws Exception {
    H2loadReport report = h2load("small", "-n500", "-c500", "-m1");

    assertThat(report).isEqualTo(new H2loadReport(500, 500, 500 * small.size()));
  }

  @Test
  void oneGibibyteComesDownOverStreamsOfOneConnection() throws Exception {
    H2loadReport report = h2load("large", "-n4", "-c1", "-m4");

    assertThat(report).isEqualTo(new H2loadReport(4, 4, ONE_GIB));
  }

  @Test
  void oneGibibyteGoesUpOverStreamsOfOneConnectionAndComesBack() throws Exception {
    H2loadReport report = h2load("echo", "-n4", "-c1", "-m4", "-d" + large.file());

    assertThat(report).isEqualTo(new H2loadReport(4, 4, ONE_GIB));
  }

  @Test
  void smallWindowsSlowTheSenderAndLoseNothing() throws Exception {
    H2loadReport report = h2load("large", "-n2", "-c2", "-m1", "-w15", "-W15");

    assertThat(report).isEqualTo(new H2loadReport(2, 2, 2 * QUARTER_GIB));
  }

  @Test
  void everyByteOfOneGibibyteComesDown() throws Exception {
    assertThat(fourTimes("down", "large")).containsOnly(large.sha256());
  }

  @Test
  void everyByteOfOneGibibyteGoesUp() throws Exception {
    assertThat(fourTimes("up", "echo", "--data=" + large.file())).containsOnly(large.sha256());
  }

  private static H2loadReport h2load(String path, String... options) throws Exception {
    List<String> command = new ArrayList<>(List.of(Program.H2LOAD.require().toString()));
    command.addAll(List.of(options));
    command.add(uri(path));
    return H2loadReport.parse(RunningProgram.run(directory, "h2load", command, BOUND));
  }

  /** Fetches a path by four clients side by side; the hash of what each of them received. */
  private static List<String> fourTimes(String name, String path, String... options)
      throws Exception {
    List<RunningProgram> clients = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      List<String> command = new ArrayList<>(List.of(Program.NGHTTP.require().toString()));
      command.addAll(List.of(options));
      command.add(uri(path));
      clients.add(RunningProgram.start(directory, name + i, command));
    }
    List<String> hashes = new ArrayList<>();
    for (RunningProgram client : clients) {
      try (client) {
        assertThat(client.exitStatus(BOUND)).isZero();
        hashes.add(Payload.sha256(client.outputFile()));
        Files.delete(client.outputFile());
      }
    }
    return hashes;
  }

  private static String uri(String path) {
    return "http://" + tunnel.target() + "/" + path;
  }
}
