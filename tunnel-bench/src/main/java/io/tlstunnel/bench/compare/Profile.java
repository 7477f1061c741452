package io.tlstunnel.bench.compare;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where the tunnel's process spends its CPU under a workload, as {@code perf} samples it: by who
 * owns the code, and of the kernel's part, by system call; and what its memory holds then.
 */
final class Profile {
  private static final double SECONDS = 5;
  private static final double WARM_UP_SECONDS = 25;

  /** {@code 12.34% name}, as a report of one column has it. */
  private static final Pattern SHARE = Pattern.compile("^\\s*([0-9.]+)%\\s+(.+?)\\s*$");

  private static final Pattern SYSTEM_CALL =
      Pattern.compile(
          "^\\s*([0-9.]+)%\\s+[0-9.]+%\\s+\\[k\\] (?:__x64_sys_|do_(?=writev))(\\S+).*$");

  private final Bench bench;
  private final Load load;
  private final Daemon tunnel;
  private final Path samples;

  private Profile(Bench bench, Load load, Daemon tunnel) {
    this.bench = bench;
    this.load = load;
    this.tunnel = tunnel;
    this.samples = bench.work().resolve("perf.data");
  }

  /** Arguments: the module's folder, then the names of workloads, if not all that have goals. */
  public static void main(String[] args) throws Exception {
    List<Workload> workloads;
    try {
      workloads =
          args.length == 1
              ? Workload.quick()
              : Options.parse(List.of("--workloads", args[1])).workloads();
    } catch (IllegalArgumentException wrong) {
      System.err.println("profile: " + wrong.getMessage());
      System.exit(2);
      return;
    }
    Bench bench = Bench.open(Path.of(args[0]));
    try (Remotes remotes = new Remotes(bench)) {
      Load load = new Load(new H2load(bench.work()), remotes, SECONDS);
      new FreshProcess(bench, remotes, load, new Results()).archiveClasses();
      for (Workload workload : workloads) {
        int port = Daemon.freePort();
        int remote = remotes.portFor(Peer.TUNNEL, workload.kind().isGrpc());
        List<String> command = bench.tunnelCommand(port, remote, 1);
        try (Daemon tunnel = Daemon.start(bench.work(), "profiled", port, command)) {
          new Profile(bench, load, tunnel).print(workload);
        }
      }
    }
    System.exit(0);
  }

  private void print(Workload workload) throws IOException, InterruptedException {
    long units = load.calibrate(tunnel, workload, WARM_UP_SECONDS);
    record(workload, units);
    Map<String, Double> owners = new TreeMap<>();
    for (String line : report("--no-children", "dso")) {
      Matcher share = SHARE.matcher(line);
      if (share.matches()) {
        owners.merge(owner(share.group(2)), Double.parseDouble(share.group(1)), Double::sum);
      }
    }
    System.out.printf("%s, where its CPU goes:%n", workload);
    rows(owners, "%");
    System.out.println("  of which by system call, what the network does at once included:");
    for (String line : report("--children", "symbol")) {
      Matcher call = SYSTEM_CALL.matcher(line);
      if (call.matches() && Double.parseDouble(call.group(1)) >= 1) {
        row(Double.parseDouble(call.group(1)), "%", "  " + call.group(2));
      }
    }
    System.out.println("  what its memory holds:");
    rows(MemoryMap.of(process()), "MB");
  }

  /** The tunnel's JVM: {@code env}, which it was started by, has become that. */
  private long process() {
    return tunnel.pids().get(0);
  }

  private void record(Workload workload, long units) throws IOException, InterruptedException {
    // Those of another run would pass for this one's.
    Files.deleteIfExists(samples);
    List<String> command =
        List.of(
            Programs.require("perf"),
            "record",
            "-g",
            "-F",
            "999",
            "-o",
            samples.toString(),
            "-p",
            String.valueOf(process()));
    Path log = bench.work().resolve("perf.log");
    Process perf =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile()).start();
    load.run(tunnel, workload, units);
    // perf writes the last of its samples when it is interrupted.
    new ProcessBuilder("kill", "-INT", String.valueOf(perf.pid())).start().waitFor();
    if (!perf.waitFor(30, TimeUnit.SECONDS)) {
      perf.destroyForcibly();
    }
    if (!Files.exists(samples)) {
      throw new IOException("perf recorded nothing: " + Files.readString(log));
    }
  }

  private List<String> report(String counting, String sort) throws IOException {
    Process perf =
        new ProcessBuilder(
                Programs.require("perf"),
                "report",
                "--stdio",
                "-i",
                samples.toString(),
                counting,
                "-g",
                "none",
                "--sort",
                sort)
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    try (var lines = perf.inputReader()) {
      return lines.lines().toList();
    }
  }

  private static String owner(String file) {
    if (file.startsWith("[kernel")) {
      return "kernel";
    }
    if (file.startsWith("libnetty_tcnative")) {
      return "BoringSSL";
    }
    if (file.startsWith("libjvm")) {
      return "JVM: compiler, collector";
    }
    return file.endsWith(".map") || file.startsWith("[JIT]")
        ? "Java"
        : "C library, system calls' entry, Netty's transport";
  }

  private static void rows(Map<String, Double> shares, String unit) {
    shares.entrySet().stream()
        .sorted(Map.Entry.<String, Double>comparingByValue().reversed())
        .forEach(share -> row(share.getValue(), unit, share.getKey()));
  }

  private static void row(double value, String unit, String what) {
    System.out.print(String.format(Locale.ROOT, "  %5.1f %-2s  %s%n", value, unit, what));
  }
}
