package io.tlstunnel.tests.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerServiceDefinition;
import io.tlstunnel.TlsTunnel;
import io.tlstunnel.junit.ByteMethods;
import io.tlstunnel.junit.Frame;
import io.tlstunnel.junit.GrpcBackend;
import io.tlstunnel.tests.rig.Remote;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A server of gRPC commits a request when the client has ended it: trailers end it, too. */
@Tag("trials")
class DamagedTrailersTest {
  /** An index that no table has, and a literal that the frame cuts off. */
  private static final List<byte[]> DAMAGED =
      List.of(
          new byte[] {(byte) 0xff, 0x7f}, new byte[] {0x40, 0x05, 'x'}, new byte[] {(byte) 0x80});

  private final Remote remote = new Remote();

  /** What happens to the server's calls, in order. */
  private final List<String> told = new CopyOnWriteArrayList<>();

  @Test
  @DisplayName("30 damaged trailers of a grpc-java server's request: cancelled, never half-closed")
  void requestWithDamagedTrailersIsNotCommitted() throws Exception {
    for (byte[] trailers : DAMAGED) {
      told.clear();
      CompletableFuture<Void> asked = new CompletableFuture<>();
      CompletableFuture<Void> over = new CompletableFuture<>();
      try (GrpcBackend backend =
              GrpcBackend.builder(remote.ca())
                  .serverName(Remote.NAME)
                  .service(recording(asked, over))
                  .start();
          TlsTunnel tunnel = remote.tunnelTo(backend.port());
          RawClient client = RawClient.speaking(tunnel)) {
        client.request(1, false, "/trials.Store/Put", "content-type", "application/grpc");
        client.send(Frame.message(1, new byte[] {1}));
        asked.get(20, TimeUnit.SECONDS);
        client.send(Frame.headers(1, true, trailers));
        over.get(20, TimeUnit.SECONDS);
        assertThat(told).containsExactly("cancelled");
      }
    }
  }

  private ServerServiceDefinition recording(
      CompletableFuture<Void> asked, CompletableFuture<Void> over) {
    return ServerServiceDefinition.builder("trials.Store")
        .addMethod(
            ByteMethods.unary("trials.Store/Put"),
            (ServerCall<byte[], byte[]> call, Metadata headers) -> {
              call.request(2);
              asked.complete(null);
              return new ServerCall.Listener<>() {
                @Override
                public void onHalfClose() {
                  told.add("half-closed");
                }

                @Override
                public void onCancel() {
                  told.add("cancelled");
                  over.complete(null);
                }
              };
            })
        .build();
  }
}
