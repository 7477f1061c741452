package io.tlstunnel.bench.compare;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Runs every workload on every peer, round by round and in turns, so that noise hits all alike. */
final class Comparison implements AutoCloseable {
  /**
   * The number of idle pairs that the goal is about; the long form also measures ten times as many.
   */
  static final int IDLE_PAIRS = 1_000;

  /** A JVM compiles its hot code while it works: it gets the time for that before it counts. */
  private static final double JVM_WARM_UP_SECONDS = 25;

  private static final double QUICK_JVM_WARM_UP_SECONDS = 12;

  private static final double WARM_UP_FACTOR = 5;

  private final Bench bench;
  private final Options options;
  private final Remotes remotes;
  private final Load load;
  private final Results results = new Results();
  private final List<Lane> lanes = new ArrayList<>();

  /** A peer's process before one remote and the length of its runs. */
  private record Lane(Peer peer, Workload workload, Daemon proxy, long units) {}

  Comparison(Bench bench, Options options) throws IOException, InterruptedException {
    this.bench = bench;
    this.options = options;
    this.remotes = new Remotes(bench);
    this.load = new Load(new H2load(bench.work()), remotes, options.seconds());
  }

  Results run() throws IOException, InterruptedException {
    FreshProcess fresh = new FreshProcess(bench, remotes, load, results);
    fresh.archiveClasses();
    for (Peer peer : peers()) {
      open(peer);
    }
    for (int round = 1; round <= options.rounds(); round++) {
      for (Workload workload : options.workloads()) {
        remotes.check();
        measure(workload, round);
      }
    }
    for (Lane lane : lanes) {
      if (lane.workload() == Workload.C10X10) {
        results.add(
            lane.peer(),
            lane.workload().toString(),
            Figure.SYSCALLS_PER_CALL,
            Syscalls.perCall(bench.work(), load, lane.proxy(), lane.workload()));
      }
    }
    for (Peer peer : lanes.stream().map(Lane::peer).distinct().toList()) {
      if (peer != Peer.TUNNEL_TERMINATED) {
        freshly(fresh, peer);
      }
    }
    return results;
  }

  /** The tunnel comes in twice where stunnel does: each ratio is between routes of equal length. */
  private List<Peer> peers() {
    List<Peer> peers = new ArrayList<>(options.peers());
    for (Peer peer : options.peers()) {
      if (!peers.contains(peer.yardstick()) && options.peers().contains(Peer.TUNNEL)) {
        peers.add(peer.yardstick());
      }
    }
    return peers;
  }

  private void open(Peer peer) throws InterruptedException {
    Map<Workload, Daemon> proxies = new EnumMap<>(Workload.class);
    try {
      for (Workload workload : options.workloads()) {
        Daemon proxy = proxyFor(peer, workload, proxies);
        if (proxy == null) {
          say(peer + ": not installed, left out");
          return;
        }
        long units = load.calibrate(proxy, workload, warmUp(peer));
        lanes.add(new Lane(peer, workload, proxy, units));
        say("%s: %s, %d per run".formatted(peer, workload, units));
      }
    } catch (IOException | RuntimeException failed) {
      say(peer + ": left out: " + failed);
    }
  }

  private double warmUp(Peer peer) {
    if (!peer.isTunnel()) {
      return options.seconds();
    }
    boolean cold = lanes.stream().noneMatch(lane -> lane.peer() == peer);
    return cold ? jvmWarmUp() : WARM_UP_FACTOR * options.seconds();
  }

  private double jvmWarmUp() {
    return options.quick() ? QUICK_JVM_WARM_UP_SECONDS : JVM_WARM_UP_SECONDS;
  }

  /** One process of a peer serves all workloads of the same remote. */
  private @Nullable Daemon proxyFor(Peer peer, Workload workload, Map<Workload, Daemon> proxies)
      throws IOException, InterruptedException {
    boolean grpc = workload.kind().isGrpc();
    for (Map.Entry<Workload, Daemon> running : proxies.entrySet()) {
      if (running.getKey().kind().isGrpc() == grpc) {
        proxies.put(workload, running.getValue());
        return running.getValue();
      }
    }
    int port = Daemon.freePort();
    Optional<List<String>> command = peer.command(bench, port, remotes.portFor(peer, grpc));
    if (command.isEmpty()) {
      return null;
    }
    Daemon proxy =
        Daemon.start(bench.work(), peer + (grpc ? "-grpc" : "-http"), port, command.get());
    proxies.put(workload, proxy);
    return proxy;
  }

  private void measure(Workload workload, int round) throws InterruptedException {
    List<Lane> turns =
        new ArrayList<>(lanes.stream().filter(lane -> lane.workload() == workload).toList());
    if (turns.isEmpty()) {
      return;
    }
    // Nobody is always first, and nobody always follows the same neighbour's noise.
    Collections.rotate(turns, round);
    say("round %d of %d: %s".formatted(round, options.rounds(), workload));
    for (Lane lane : turns) {
      try {
        load.measure(lane.peer(), lane.proxy(), workload, lane.units(), results);
      } catch (IOException | RuntimeException failed) {
        say("%s: %s in round %d failed: %s".formatted(lane.peer(), workload, round, failed));
      }
    }
  }

  private void freshly(FreshProcess fresh, Peer peer) throws InterruptedException {
    say(peer + ": a fresh process");
    try {
      for (int round = 0; round < options.rounds(); round++) {
        fresh.firstResponse(peer);
      }
      fresh.memory(peer, peer.isTunnel() ? jvmWarmUp() : options.seconds() * WARM_UP_FACTOR);
      fresh.idle(peer, IDLE_PAIRS);
      if (!options.quick()) {
        fresh.idle(peer, Math.min(10 * IDLE_PAIRS, bench.connections()));
      }
      if (peer == Peer.TUNNEL) {
        int upstream = remotes.portFor(Peer.TUNNEL, false);
        new Loops(bench, load, results, upstream).compare(options.rounds(), jvmWarmUp());
      }
    } catch (IOException | RuntimeException failed) {
      say(peer + ": a fresh process failed: " + failed);
    }
  }

  private static void say(String line) {
    System.err.println(line);
  }

  @Override
  public void close() {
    for (Daemon proxy : lanes.stream().map(Lane::proxy).distinct().toList()) {
      proxy.close();
    }
    remotes.close();
  }
}
