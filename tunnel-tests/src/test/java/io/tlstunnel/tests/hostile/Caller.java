package io.tlstunnel.tests.hostile;

import io.grpc.CallOptions;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.TlsChannelCredentials;
import io.grpc.stub.ClientCalls;
import io.tlstunnel.junit.Backend;
import io.tlstunnel.junit.ByteMethods;
import io.tlstunnel.junit.TestCa;
import io.tlstunnel.junit.TestCert;
import java.io.IOException;
import java.util.concurrent.TimeUnit;

/** A grpc-java client on one channel. */
record Caller(ManagedChannel channel) implements AutoCloseable {
  static final MethodDescriptor<byte[], byte[]> METHOD = ByteMethods.unary("hostile.Remote/Call");

  /** Where a call that hangs becomes DEADLINE_EXCEEDED, which no case expects. */
  private static final int DEADLINE_SECONDS = 60;

  static Caller through(String tunnel) {
    return new Caller(Grpc.newChannelBuilder(tunnel, InsecureChannelCredentials.create()).build());
  }

  static Caller direct(Backend backend, TestCa ca, TestCert client) throws IOException {
    return new Caller(
        Grpc.newChannelBuilder(
                "127.0.0.1:" + backend.port(),
                TlsChannelCredentials.newBuilder()
                    .trustManager(ca.pemFile().toFile())
                    .keyManager(client.chainFile().toFile(), client.keyFile().toFile())
                    .build())
            .overrideAuthority(backend.serverName())
            .build());
  }

  /** What a call comes to: its response is among the outcomes that are worth looking at. */
  Status call() {
    try {
      byte[] response =
          ClientCalls.blockingUnaryCall(
              channel,
              METHOD,
              CallOptions.DEFAULT.withDeadlineAfter(DEADLINE_SECONDS, TimeUnit.SECONDS),
              new byte[100]);
      return Status.OK.withDescription(response.length + " bytes");
    } catch (StatusRuntimeException e) {
      return e.getStatus();
    }
  }

  @Override
  public void close() {
    channel.shutdownNow();
    try {
      if (!channel.awaitTermination(10, TimeUnit.SECONDS)) {
        throw new IllegalStateException("the channel does not end within 10 s");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
