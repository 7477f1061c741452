package io.tlstunnel.bench.compare;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** Measurements that need a process that has done nothing before. */
final class FreshProcess {
  static final String MEMORY = "memory";
  static final String START = "start";

  private final Bench bench;
  private final Remotes remotes;
  private final Load load;
  private final Results results;

  FreshProcess(Bench bench, Remotes remotes, Load load, Results results) {
    this.bench = bench;
    this.remotes = remotes;
    this.load = load;
    this.results = results;
  }

  static String idle(int pairs) {
    return "idle-" + pairs;
  }

  /** Memory while 10×10 is under way for as long as {@code seconds}. */
  void memory(Peer peer, double seconds) throws IOException, InterruptedException {
    try (Daemon proxy = start(peer)) {
      load.calibrate(proxy, Workload.C10X10, seconds);
      Accounts accounts = proxy.accounts();
      results.add(peer, MEMORY, Figure.RSS, accounts.rssBytes() / 1e6);
      results.add(peer, MEMORY, Figure.PEAK_RSS, accounts.peakBytes() / 1e6);
    }
  }

  /** What each connection costs that has answered one call and is then left alone. */
  void idle(Peer peer, int pairs) throws IOException, InterruptedException {
    List<RawConnection> connections = new ArrayList<>();
    try (Daemon proxy = start(peer)) {
      // The first ones bring code, arenas and caches with them.
      for (int i = 0; i < 50; i++) {
        RawConnection.asked(proxy.port()).close();
      }
      long before = proxy.accounts().rssBytes();
      for (int i = 0; i < pairs; i++) {
        connections.add(RawConnection.asked(proxy.port()));
      }
      long more = proxy.accounts().rssBytes() - before;
      results.add(peer, idle(pairs), Figure.KB_PER_IDLE_PAIR, more / 1024.0 / pairs);
    } finally {
      for (RawConnection connection : connections) {
        connection.close();
      }
    }
  }

  /** From the start of the process to the first answer's headers. */
  void firstResponse(Peer peer) throws IOException, InterruptedException {
    int port = Daemon.freePort();
    Optional<List<String>> command = peer.command(bench, port, remotes.portFor(peer, false));
    if (command.isEmpty()) {
      return;
    }
    long began = System.nanoTime();
    try (Daemon proxy = Daemon.start(bench.work(), "fresh-" + peer, port, command.get())) {
      RawConnection.asked(proxy.port()).close();
      results.add(peer, START, Figure.FIRST_RESPONSE, (System.nanoTime() - began) / 1e6);
    }
  }

  /** Writes the archive of classes with which every later tunnel process starts. */
  void archiveClasses() throws IOException, InterruptedException {
    Path classes = bench.work().resolve("tunnel.classes");
    Files.deleteIfExists(bench.archive());
    int port = Daemon.freePort();
    List<String> command =
        bench.tunnelCommand(
            port, remotes.portFor(Peer.TUNNEL, false), 1, "-XX:DumpLoadedClassList=" + classes);
    try (Daemon proxy = Daemon.start(bench.work(), "classes", port, command)) {
      RawConnection.asked(proxy.port()).close();
    }
    Process dump =
        new ProcessBuilder(
                bench.tunnelJava(
                    "-Xshare:dump",
                    "-XX:SharedClassListFile=" + classes,
                    "-XX:SharedArchiveFile=" + bench.archive()))
            .redirectErrorStream(true)
            .redirectOutput(bench.work().resolve("archive.log").toFile())
            .start();
    if (!dump.waitFor(60, TimeUnit.SECONDS) || dump.exitValue() != 0) {
      dump.destroyForcibly();
      throw new IOException("no class archive, see archive.log in " + bench.work());
    }
  }

  private Daemon start(Peer peer) throws IOException, InterruptedException {
    int port = Daemon.freePort();
    List<String> command = peer.command(bench, port, remotes.portFor(peer, false)).orElseThrow();
    return Daemon.start(bench.work(), "fresh-" + peer, port, command);
  }
}
