package io.tlstunnel.bench.compare;

import java.io.IOException;
import java.util.List;

/** Puts a workload on a running proxy and books what the proxy's process spent on it. */
final class Load {
  private static final long GIB = 1L << 30;
  private static final double GB = 1e9;
  private static final long FEWEST_CALLS = 200;
  private static final double CLEARLY_CHEAPER = 0.93;
  private static final double LONGEST_WARM_UP = 3;

  private final H2load h2load;
  private final Remotes remotes;
  private final double seconds;

  Load(H2load h2load, Remotes remotes, double seconds) {
    this.h2load = h2load;
    this.remotes = remotes;
    this.seconds = seconds;
  }

  /**
   * How many units make a run of about the wanted length. Warms the proxy up on the way: for the
   * given time, and then for as long as each run is clearly cheaper than any before, as a JVM's are
   * while it compiles.
   */
  long calibrate(Daemon proxy, Workload workload, double warmUpSeconds)
      throws IOException, InterruptedException {
    long units = firstGuess(workload);
    double spent = 0;
    double fastest = 0;
    double cheapest = Double.MAX_VALUE;
    boolean cheaper = true;
    while (spent < warmUpSeconds || (cheaper && spent < LONGEST_WARM_UP * warmUpSeconds)) {
      Accounts before = proxy.accounts();
      H2load.Run run = run(proxy, workload, units);
      double cost = proxy.accounts().cpuSecondsSince(before) / units;
      cheaper = cost < CLEARLY_CHEAPER * cheapest;
      cheapest = Math.min(cheapest, cost);
      spent += run.seconds();
      if (!workload.kind().countsBytes()) {
        // By the fastest run: whatever else the machine does, a run is long enough to be counted.
        fastest = Math.max(fastest, run.requests() / run.seconds());
        units = Math.max(FEWEST_CALLS, (long) (fastest * seconds));
      }
    }
    return units;
  }

  void measure(Peer peer, Daemon proxy, Workload workload, long units, Results results)
      throws IOException, InterruptedException {
    Accounts before = proxy.accounts();
    H2load.Run run = run(proxy, workload, units);
    double cpu = proxy.accounts().cpuSecondsSince(before);
    String what = workload.toString();
    if (workload.kind().countsBytes()) {
      results.add(peer, what, Figure.CPU_PER_GB, cpu / (GIB / GB));
      results.add(peer, what, Figure.MB_PER_SECOND, GIB / 1e6 / run.seconds());
      return;
    }
    results.add(peer, what, Figure.CPU_PER_CALL, cpu * 1e6 / run.requests());
    results.add(peer, what, Figure.CALLS_PER_SECOND, run.requests() / run.seconds());
    results.add(peer, what, Figure.P50, run.p50());
    results.add(peer, what, Figure.P99, run.p99());
  }

  private static long firstGuess(Workload workload) {
    return switch (workload.kind()) {
      case CALLS -> 50L * workload.connections() * workload.streams();
      case CHURN, GRPC_UNARY -> FEWEST_CALLS;
      case DOWNLOAD -> GIB / Remotes.LARGE_BYTES;
      case UPLOAD -> GIB / Remotes.UPLOAD_BYTES;
      case GRPC_STREAM -> GIB / GrpcLoad.SERIES_MESSAGE_BYTES;
    };
  }

  H2load.Run run(Daemon proxy, Workload workload, long units)
      throws IOException, InterruptedException {
    int connections = workload.connections();
    int streams = workload.streams();
    int port = proxy.port();
    return switch (workload.kind()) {
      case CALLS -> h2load.run(port, "small", units, connections, streams, List.of());
      case DOWNLOAD -> h2load.run(port, "large", units, connections, streams, List.of());
      case UPLOAD ->
          h2load.run(
              port, "small", units, connections, streams, List.of("-d" + remotes.uploadFile()));
      // Connections come as fast as the proxy takes them, a batch at a time.
      case CHURN -> churn(port, units, connections);
      case GRPC_UNARY -> GrpcLoad.unary(port, units, streams);
      case GRPC_STREAM -> GrpcLoad.series(port, units, streams);
    };
  }

  private H2load.Run churn(int port, long units, int batch)
      throws IOException, InterruptedException {
    long requests = 0;
    double taken = 0;
    double p50 = 0;
    double p99 = 0;
    while (requests < units) {
      H2load.Run run = h2load.run(port, "small", batch, batch, 1, List.of());
      requests += run.requests();
      taken += run.seconds();
      p50 = Math.max(p50, run.p50());
      p99 = Math.max(p99, run.p99());
    }
    return new H2load.Run(requests, taken, p50, p99);
  }
}
