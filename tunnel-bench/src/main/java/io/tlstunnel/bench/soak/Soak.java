package io.tlstunnel.bench.soak;

import io.grpc.ManagedChannel;
import io.tlstunnel.bench.soak.Disturbance.DrainTunnel;
import io.tlstunnel.bench.soak.Disturbance.Inject;
import io.tlstunnel.bench.soak.Disturbance.RestartRemote;
import io.tlstunnel.junit.InjectedFault;
import io.tlstunnel.junit.TestCa;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * Rounds of some seconds: a remote that has seen nothing yet, clients on fresh channels, mixed
 * load, and one disturbance in the middle. Whatever a client is told must be explained by it.
 */
public final class Soak {
  private static final int CHANNELS = 4;
  private static final int CLIENTS_PER_CHANNEL = 3;

  private static final Duration BEFORE = Duration.ofMillis(500);
  private static final Duration DISTURBED = Duration.ofMillis(1_500);
  private static final Duration AFTER =
      Duration.ofNanos(DisturbedTime.AFTERMATH_NANOS).plusMillis(400);

  /** Last words linger for 2 s, and a drain that has begun ends. */
  private static final Duration SETTLING = Duration.ofSeconds(5);

  /** After these rounds the tunnel's code is loaded and its pools are filled. */
  private static final int WARM_UP_ROUNDS = 3;

  /** grpc-java warns of every stream that is broken on purpose. Kept, or it would be collected. */
  private static final Logger GRPC = Logger.getLogger("io.grpc");

  private final SoakOptions options;
  private final Schedule schedule;
  private final Random seeds;
  private final Ledger ledger = new Ledger();
  private final Methods methods = new Methods();
  private final List<Footprint> footprints = new ArrayList<>();
  private long faults;

  private Soak(SoakOptions options) {
    this.options = options;
    this.schedule = new Schedule(options.seed());
    this.seeds = new Random(options.seed());
  }

  /** The first argument is the folder for the tunnel's log, the others are the options. */
  public static void main(String[] args) throws Exception {
    SoakOptions options;
    try {
      options = SoakOptions.parse(List.of(args).subList(1, args.length), System.nanoTime());
    } catch (IllegalArgumentException e) {
      System.err.println("soak: " + e.getMessage());
      System.err.print(SoakOptions.USAGE);
      System.exit(2);
      return;
    }
    GRPC.setLevel(Level.SEVERE);
    System.exit(new Soak(options).run(Path.of(args[0], "tunnel.log")) ? 0 : 1);
  }

  private boolean run(Path log) throws IOException, InterruptedException {
    System.out.printf(
        "soak: %d minutes, --seed %d; the tunnel's log is %s%n",
        options.length().toMinutes(), options.seed(), log);
    TestCa ca = TestCa.create();
    try (Remote remote = new Remote(ca, methods);
        TunnelUnderTest tunnel =
            new TunnelUnderTest(remote.port(), ca, ca.client("CN=soak"), log)) {
      long end = System.nanoTime() + options.length().toNanos();
      long middle = System.nanoTime() + options.length().toNanos() / 2;
      for (int round = 1; System.nanoTime() < end || round <= Schedule.kinds(); round++) {
        round(round, remote, tunnel);
        if (round == WARM_UP_ROUNDS || (footprints.size() == 1 && System.nanoTime() - middle > 0)) {
          footprints.add(settled(tunnel));
        }
      }
      footprints.add(settled(tunnel));
    }
    return report();
  }

  private void round(int number, Remote remote, TunnelUnderTest tunnel)
      throws IOException, InterruptedException {
    Disturbance disturbance = schedule.next();
    long callsBefore = ledger.calls();
    long explainedBefore = ledger.explained();
    DisturbedTime disturbed = new DisturbedTime(disturbance);
    remote.restart();
    methods.forget();
    AtomicBoolean goesOn = new AtomicBoolean(true);
    List<ManagedChannel> channels = new ArrayList<>();
    ExecutorService clients = Executors.newFixedThreadPool(CHANNELS * CLIENTS_PER_CHANNEL);
    try {
      boolean first = disturbance.action() instanceof Inject inject && inject.comesFirst();
      if (!first) {
        start(channels, clients, goesOn, tunnel, disturbed);
        pause(BEFORE);
      }
      disturbed.begins();
      Optional<InjectedFault> fault = disturb(disturbance, remote, tunnel);
      if (first) {
        start(channels, clients, goesOn, tunnel, disturbed);
      }
      pause(DISTURBED);
      fault.ifPresent(InjectedFault::remove);
      faults += fault.map(InjectedFault::strikes).orElse(0);
      disturbed.ends();
      pause(AFTER);
    } finally {
      goesOn.set(false);
      clients.shutdown();
      if (!clients.awaitTermination(90, TimeUnit.SECONDS)) {
        ledger.complain("round " + number + ": calls have not ended after 90 s");
      }
      for (ManagedChannel channel : channels) {
        channel.shutdown();
      }
      for (ManagedChannel channel : channels) {
        if (!channel.awaitTermination(30, TimeUnit.SECONDS)) {
          ledger.complain("round " + number + ": a channel has not ended after 30 s");
        }
      }
    }
    System.out.printf(
        "round %d: %d calls, %d explained by: %s%n",
        number,
        ledger.calls() - callsBefore,
        ledger.explained() - explainedBefore,
        disturbance.what());
  }

  private void start(
      List<ManagedChannel> channels,
      ExecutorService clients,
      AtomicBoolean goesOn,
      TunnelUnderTest tunnel,
      DisturbedTime disturbed) {
    for (int i = 0; i < CHANNELS; i++) {
      ManagedChannel channel = Client.channel(tunnel.target());
      channels.add(channel);
      for (int j = 0; j < CLIENTS_PER_CHANNEL; j++) {
        clients.execute(
            new Client(
                channel, seeds.nextLong(), goesOn::get, call -> ledger.enter(call, disturbed)));
      }
    }
  }

  /** Begins a disturbance; a fault is in force until it is removed. */
  private Optional<InjectedFault> disturb(
      Disturbance disturbance, Remote remote, TunnelUnderTest tunnel)
      throws IOException, InterruptedException {
    Disturbance.Action action = disturbance.action();
    if (action instanceof Inject inject) {
      return Optional.of(remote.inject(inject));
    }
    if (action instanceof DrainTunnel) {
      tunnel.drain();
      faults++;
    } else if (action instanceof RestartRemote) {
      remote.restart();
      faults++;
    }
    return Optional.empty();
  }

  /** What the tunnel holds when all its connections have had time to end. */
  private static Footprint settled(TunnelUnderTest tunnel)
      throws IOException, InterruptedException {
    pause(SETTLING);
    return tunnel.footprint();
  }

  private boolean report() {
    System.out.println("calls by status: " + ledger.byStatus());
    System.out.println("explained by a disturbance: " + ledger.explained());
    String[] when = {"beginning", "middle", "end"};
    for (int i = 0; i < footprints.size(); i++) {
      System.out.printf("%s: %s%n", when[Math.min(i, 2)], footprints.get(i));
    }
    if (methods.servedTwice() > 0) {
      ledger.complain("calls that the remote has served twice: " + methods.servedTwice());
    }
    Footprint last = footprints.get(footprints.size() - 1);
    String growth = last.growthSince(footprints.get(0));
    ledger.complaints().forEach(complaint -> System.out.println("UNEXPLAINED " + complaint));
    if (!growth.isEmpty()) {
      System.out.println("NOT FLAT: " + growth);
    }
    boolean ok = ledger.unexplained() == 0 && growth.isEmpty() && footprints.size() >= 3;
    System.out.printf(
        "soak: %s, %d calls, %d faults, %d unexplained%n",
        ok ? "ok" : "FAILED", ledger.calls(), faults, ledger.unexplained());
    return ok;
  }

  private static void pause(Duration time) throws InterruptedException {
    TimeUnit.NANOSECONDS.sleep(time.toNanos());
  }
}
