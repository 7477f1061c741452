package io.tlstunnel.bench.compare;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** A program that can stand where the tunnel stands; its configuration is in {@code peers/}. */
enum Peer {
  TUNNEL("tunnel", "", true),
  /** The tunnel before the same remote as stunnel, which has one hop more: stunnel's yardstick. */
  TUNNEL_TERMINATED("tunnel-terminated", "", false),
  ENVOY("envoy", "envoy.yaml", true),
  NGINX("nginx", "nginx.conf", true),
  HAPROXY("haproxy", "haproxy.cfg", true),
  NGHTTPX("nghttpx", "nghttpx.conf", true),
  HAPROXY_TCP("haproxy-tcp", "haproxy-tcp.cfg", true),
  STUNNEL("stunnel", "stunnel.conf", false);

  private final String label;
  private final String template;
  private final boolean offersAlpn;

  Peer(String label, String template, boolean offersAlpn) {
    this.label = label;
    this.template = template;
    this.offersAlpn = offersAlpn;
  }

  /** Whether the remote can be what it is; else a terminator stands before it. */
  boolean directToRemote() {
    return offersAlpn;
  }

  boolean isTunnel() {
    return this == TUNNEL || this == TUNNEL_TERMINATED;
  }

  /** The measurement of the tunnel that this peer is compared with. */
  Peer yardstick() {
    return offersAlpn ? TUNNEL : TUNNEL_TERMINATED;
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
          case HAPROXY, HAPROXY_TCP -> List.of(file, "-db", "-q", "-f", configuration);
          case NGHTTPX -> List.of(file, "--conf=" + configuration);
          default -> List.of(file, configuration);
        });
  }

  private Optional<Path> program(Bench bench) throws IOException {
    return switch (this) {
      case ENVOY -> envoy(bench.work().resolve("envoy"));
      case HAPROXY_TCP -> Programs.find("haproxy");
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
