package io.tlstunnel.interop;

import io.grpc.Grpc;
import io.grpc.InsecureServerCredentials;
import io.grpc.Server;
import io.grpc.ServerCredentials;
import io.grpc.ServerInterceptors;
import io.grpc.TlsServerCredentials;
import io.grpc.services.MetricRecorder;
import io.grpc.testing.integration.TestServiceImpl;
import io.grpc.xds.orca.OrcaMetricReportingServerInterceptor;
import io.grpc.xds.orca.OrcaServiceImpl;
import java.io.File;
import java.io.IOException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * gRPC's interop service twice: in plain text, to be asked directly, and behind mutual TLS.
 *
 * <p>Arguments: server chain, server key, client CA (PEM files). Prints {@code ports PLAIN TLS}
 * once it serves, and ends when its standard input does, so that no process outlives a killed test.
 */
public final class InteropServer {
  private static final int LARGEST_MESSAGE = 16 << 20;

  private InteropServer() {}

  public static void main(String[] args) throws IOException, InterruptedException {
    ServerCredentials mutualTls =
        TlsServerCredentials.newBuilder()
            .keyManager(new File(args[0]), new File(args[1]))
            .trustManager(new File(args[2]))
            .clientAuth(TlsServerCredentials.ClientAuth.REQUIRE)
            .build();
    ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
    Server plain = serve(InsecureServerCredentials.create(), timer);
    Server tls = serve(mutualTls, timer);
    System.out.println("ports " + plain.getPort() + " " + tls.getPort());
    while (System.in.read() >= 0) {
      // Nothing is asked of us; only the end matters.
    }
    plain.shutdownNow().awaitTermination(5, TimeUnit.SECONDS);
    tls.shutdownNow().awaitTermination(5, TimeUnit.SECONDS);
    timer.shutdownNow();
  }

  private static Server serve(ServerCredentials credentials, ScheduledExecutorService timer)
      throws IOException {
    MetricRecorder metrics = MetricRecorder.newInstance();
    return Grpc.newServerBuilderForPort(0, credentials)
        .maxInboundMessageSize(LARGEST_MESSAGE)
        .addService(
            ServerInterceptors.intercept(
                new TestServiceImpl(timer, metrics), TestServiceImpl.interceptors()))
        .addService(OrcaServiceImpl.createService(timer, metrics, 1, TimeUnit.SECONDS))
        .intercept(OrcaMetricReportingServerInterceptor.create(metrics))
        .build()
        .start();
  }
}
