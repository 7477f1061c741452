package io.tlstunnel.examples;

import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.tlstunnel.TlsTunnel;
import io.tlstunnel.junit.GrpcBackend;
import io.tlstunnel.junit.RecordedCall;
import io.tlstunnel.junit.TestCa;
import io.tlstunnel.junit.TestCert;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * The main job on one machine: two remote clusters behind mutual TLS, a tunnel to each, and a
 * client that speaks plain-text gRPC to both. Run it with {@code mvn -q compile exec:java}. Exits
 * with 1 if a single message is wrong or missing.
 */
public final class QuickStart {
  private static final int INFO_CALLS = 10;

  private QuickStart() {}

  /** Runs both routes and prints a table. Takes no arguments. */
  public static void main(String[] args) throws Exception {
    try {
      run();
    } catch (Exception e) {
      System.err.println("quickstart: FAILED: " + e);
      System.exit(1);
    }
  }

  static void run() throws Exception {
    TestCa ca = TestCa.create("CN=Corp Root");
    List<Row> rows = new ArrayList<>();
    for (String cluster : List.of("east", "west")) {
      rows.add(query(ca, cluster));
    }
    System.out.print(Row.table(rows));
    System.out.printf(
        "quickstart: ok, %d routes, %d calls, %d messages%n",
        rows.size(),
        rows.stream().mapToInt(Row::calls).sum(),
        rows.stream().mapToInt(Row::messages).sum());
  }

  private static Row query(TestCa ca, String cluster) throws Exception {
    String name = "thanos." + cluster + ".example";
    ClusterData data = new ClusterData(cluster);
    StoreService store = new StoreService(data);
    try (GrpcBackend remote =
            GrpcBackend.builder(ca)
                .serverName(name)
                .service(store.info())
                .service(store.series())
                .start();
        TlsTunnel tunnel = openTunnel(ca, remote.port(), name)) {
      ManagedChannel channel =
          Grpc.newChannelBuilder(tunnel.target(), InsecureChannelCredentials.create()).build();
      try {
        long started = System.nanoTime();
        StoreClient client = new StoreClient(channel);
        check(client, data);
        long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - started);
        return row(tunnel, remote, client, millis);
      } finally {
        channel.shutdownNow().awaitTermination(10, TimeUnit.SECONDS);
      }
    }
  }

  private static TlsTunnel openTunnel(TestCa ca, int remotePort, String name) {
    TestCert client = ca.client("CN=querier,O=Corp");
    return TlsTunnel.builder()
        .listen(0)
        .upstream("127.0.0.1", remotePort)
        .sni(name)
        .trust(ca.pemFile())
        .clientCert(client.chainFile(), client.keyFile())
        .connectTimeout(Duration.ofSeconds(10))
        .start();
  }

  private static void check(StoreClient client, ClusterData data) throws IOException {
    for (int i = 0; i < INFO_CALLS; i++) {
      Map<String, String> labels = client.info();
      expect("labels of " + data.cluster(), Map.of("cluster", data.cluster()), labels);
    }
    expect("samples of " + data.cluster(), ClusterData.SAMPLES, client.readAllSeries(data));
  }

  private static Row row(TlsTunnel tunnel, GrpcBackend remote, StoreClient client, long millis) {
    List<RecordedCall> seen = remote.calls();
    expect("calls that " + remote.serverName() + " saw", client.calls(), seen.size());
    for (RecordedCall call : seen) {
      expect("SNI", remote.serverName(), call.sni());
      expect(":authority", remote.serverName(), call.authority());
      expect("client certificate", "CN=querier,O=Corp", call.clientPrincipal());
    }
    RecordedCall first = seen.get(0);
    return new Row(
        tunnel.target(),
        first.sni(),
        first.clientPrincipal(),
        first.authority(),
        client.calls(),
        client.messages(),
        client.bytes(),
        millis);
  }

  private static void expect(String what, Object expected, Object actual) {
    if (!expected.equals(actual)) {
      throw new IllegalStateException(what + ": " + actual + " (expected: " + expected + ")");
    }
  }
}
