package io.tlstunnel.junit;

import io.grpc.Grpc;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.TlsChannelCredentials;
import java.io.IOException;
import java.util.concurrent.TimeUnit;

/** A mutual-TLS channel straight to a backend, with no tunnel between. */
record DirectChannel(ManagedChannel channel) implements AutoCloseable {
  static DirectChannel to(Backend backend, TestCa ca) throws IOException {
    return to(backend.port(), backend.serverName(), ca);
  }

  static DirectChannel to(int port, String serverName, TestCa ca) throws IOException {
    TestCert client = ca.client("CN=direct");
    return new DirectChannel(
        Grpc.newChannelBuilder(
                "127.0.0.1:" + port,
                TlsChannelCredentials.newBuilder()
                    .trustManager(ca.pemFile().toFile())
                    .keyManager(client.chainFile().toFile(), client.keyFile().toFile())
                    .build())
            .overrideAuthority(serverName)
            .build());
  }

  String say(String text) {
    return Echo.say(channel, text);
  }

  /** The status of one call, OK too. */
  Status status() {
    try {
      say("x");
      return Status.OK;
    } catch (StatusRuntimeException e) {
      return e.getStatus();
    }
  }

  @Override
  public void close() {
    channel.shutdownNow();
    try {
      if (!channel.awaitTermination(20, TimeUnit.SECONDS)) {
        throw new IllegalStateException("the channel did not close within 20 s");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
