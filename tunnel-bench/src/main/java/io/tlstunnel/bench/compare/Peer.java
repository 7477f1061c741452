package io.tlstunnel.bench.compare;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** A program that can stand where the tunnel stands; its configuration is in {@code peers/}. */
enum Peer {
  TUNNEL("tunnel", "", Before.TLS),
  /** The tunnel before the same remote as stunnel, which has one hop more: stunnel's yardstick. */
  TUNNEL_TERMINATED("tunnel-terminated", "", Before.TERMINATOR),
  ENVOY("envoy", "envoy.yaml", Before.TLS),
  NGINX("nginx", "nginx.conf", Before.TLS),
  HAPROXY("haproxy", "haproxy.cfg", Before.TLS),
  NGHTTPX("nghttpx", "nghttpx.conf", Before.TLS),
  HAPROXY_TCP("haproxy-tcp", "haproxy-tcp.cfg", Before.TLS),
  STUNNEL("stunnel", "stunnel.conf", Before.TERMINATOR),
  /** No tunnel, but what is left of one without TLS and HTTP/2: the floor that all stand on. */
  PLAIN_COPY("plain-copy", "plain-copy.cfg", Before.PLAIN);

  /** What a peer leads to. */
  enum Before {
    /** The remote itself, behind mutual TLS. */
    TLS,
    /** The same, for a client without ALPN: a terminator, and the remote in the clear. */
    TERMINATOR,
    /** The remote in the clear. */
    PLAIN
  }

  private final String label;
  private final String template;
  private final Before before;

  Peer(String label, String template, Before before) {
    this.label = label;
    this.template = template;
    this.before = before;
  }

  Before before() {
    return before;
  }

  /** Whether it does what the tunnel does, so that the two can be compared. */
  boolean isProxy() {
    return !isTunnel() && this != PLAIN_COPY;
  }

  boolean isTunnel() {
    return this == TUNNEL || this == TUNNEL_TERMINATED;
  }

  /** The measurement of the tunnel that this peer is compared with. */
  Peer yardstick() {
    return before == Before.TERMINATOR ? TUNNEL_TERMINATED : TUNNEL;
  }

  @Override
  public String toString() {
    return label;
  }

  /**
   * The command that runs this peer from {@code listen} to {@code upstream}; empty where absent.
   */
  Optional<List<String>> command(Bench bench, int listen, int upstream) throws IOException {
    if (isTunnel()) {
      return Optional.of(bench.tunnelCommand(listen, upstream, 1));
    }
    Optional<Path> program = program(bench);
    if (program.isEmpty()) {
      return Optional.empty();
    }
    String file = program.get().toString();
    String configuration = bench.configuration(template, listen, upstream).toString();
    return Optional.of(
        switch (this) {
          case ENVOY ->
              List.of(
                  file,
                  "-c",
                  configuration,
                  "--concurrency",
                  "1",
                  "--disable-hot-restart",
                  "--log-level",
                  "error");
          case NGINX ->
              List.of(file, "-p", bench.work().toString(), "-e", "stderr", "-c", configuration);
          case HAPROXY, HAPROXY_TCP, PLAIN_COPY -> List.of(file, "-db", "-q", "-f", configuration);
          case NGHTTPX -> List.of(file, "--conf=" + configuration);
          default -> List.of(file, configuration);
        });
  }

  private Optional<Path> program(Bench bench) throws IOException {
    return switch (this) {
      case ENVOY -> envoy(bench.work().resolve("envoy"));
      case HAPROXY_TCP, PLAIN_COPY -> Programs.find("haproxy");
      case STUNNEL -> Programs.find("stunnel4");
      default -> Programs.find(label);
    };
  }

  /** The binary itself: the package's script would be a Python process in the accounts. */
  private static Optional<Path> envoy(Path environment) throws IOException {
    if (!Files.isDirectory(environment)) {
      return Optional.empty();
    }
    try (var files = Files.walk(environment)) {
      return files.filter(file -> file.endsWith(Path.of("_bin", "envoy"))).findFirst();
    }
  }
}
