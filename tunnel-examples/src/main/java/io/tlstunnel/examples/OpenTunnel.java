package io.tlstunnel.examples;

import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.tlstunnel.TlsTunnel;
import java.nio.file.Path;
import java.time.Duration;

/** The README's tunnel: to a remote and with files of your own. Takes host, CA, chain and key. */
public final class OpenTunnel {
  private OpenTunnel() {}

  /** Opens a tunnel on port 10000 to a host's port 443 until the process ends. */
  public static void main(String[] args) throws InterruptedException {
    String host = args[0];
    try (TlsTunnel tunnel =
        TlsTunnel.builder()
            .listen(10000) // loopback only; 0 takes a free port
            .upstream(host, 443) // also the SNI and the :authority, unless told otherwise
            .trust(Path.of(args[1])) // the private CA, PEM
            .clientCert(Path.of(args[2]), Path.of(args[3])) // chain and key, PEM
            .connectTimeout(Duration.ofSeconds(10))
            .start()) {
      ManagedChannel channel =
          Grpc.newChannelBuilder(tunnel.target(), InsecureChannelCredentials.create()).build();
      System.out.println(tunnel.target() + " -> " + host + ":443, " + channel.getState(true));
      Thread.currentThread().join();
    }
  }
}
