package io.tlstunnel.bench.compare;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * The remotes: nghttpd and grpc-java behind mutual TLS, and each behind a terminator for stunnel.
 */
final class Remotes implements AutoCloseable {
  /** What one download stream carries; four of them are 1 GiB. */
  static final long LARGE_BYTES = 256L << 20;

  static final long UPLOAD_BYTES = 64L << 20;
  private static final int SMALL_BYTES = 100;

  private final Bench bench;
  private final List<Daemon> daemons = new ArrayList<>();
  private final GrpcRemote grpcRemote;
  private final int http;
  private final int httpPlain;
  private final int httpTerminated;
  private final int grpcTerminated;

  Remotes(Bench bench) throws IOException, InterruptedException {
    this.bench = bench;
    Path content = Files.createDirectories(bench.work().resolve("content"));
    fill(content.resolve("small"), SMALL_BYTES);
    fill(content.resolve("large"), LARGE_BYTES);
    fill(uploadFile(), UPLOAD_BYTES);
    http = nghttpd(content, true);
    httpPlain = nghttpd(content, false);
    httpTerminated = terminator(httpPlain);
    grpcRemote = GrpcRemote.start(bench.pki());
    grpcTerminated = terminator(grpcRemote.plainPort());
  }

  Path uploadFile() {
    return bench.work().resolve("upload");
  }

  int portFor(Peer peer, boolean forGrpc) {
    return switch (peer.before()) {
      case TLS -> forGrpc ? grpcRemote.tlsPort() : http;
      case TERMINATOR -> forGrpc ? grpcTerminated : httpTerminated;
      case PLAIN -> forGrpc ? grpcRemote.plainPort() : httpPlain;
    };
  }

  private int nghttpd(Path content, boolean tls) throws IOException, InterruptedException {
    int port = Daemon.freePort();
    List<String> command =
        new ArrayList<>(
            List.of(
                Programs.require("nghttpd"),
                "--address=127.0.0.1",
                "--htdocs=" + content,
                "--max-concurrent-streams=1000",
                // Windows that let uploads flow: the remote is not what is measured.
                "--window-bits=24",
                "--connection-window-bits=26"));
    command.add(tls ? "--verify-client" : "--no-tls");
    command.add(String.valueOf(port));
    if (tls) {
      command.add(bench.pki().resolve("server.key").toString());
      command.add(bench.pki().resolve("server.pem").toString());
    }
    start("nghttpd", port, command);
    return port;
  }

  private int terminator(int plain) throws IOException, InterruptedException {
    int port = Daemon.freePort();
    Path configuration = bench.configuration("terminator.cfg", port, plain);
    start(
        "terminator",
        port,
        List.of(Programs.require("haproxy"), "-db", "-q", "-f", configuration.toString()));
    return port;
  }

  private void start(String name, int port, List<String> command)
      throws IOException, InterruptedException {
    daemons.add(Daemon.start(bench.work(), name + "-" + port, port, command));
  }

  /** Insists that every remote still runs: without one, all that follows would be worthless. */
  void check() throws IOException {
    for (Daemon daemon : daemons) {
      daemon.check();
    }
  }

  private static void fill(Path file, long size) throws IOException {
    if (Files.exists(file) && Files.size(file) == size) {
      return;
    }
    byte[] chunk = new byte[1 << 16];
    Random random = new Random(size);
    try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file))) {
      for (long left = size; left > 0; left -= chunk.length) {
        random.nextBytes(chunk);
        out.write(chunk, 0, (int) Math.min(left, chunk.length));
      }
    }
  }

  @Override
  public void close() {
    daemons.forEach(Daemon::close);
    grpcRemote.close();
  }
}
