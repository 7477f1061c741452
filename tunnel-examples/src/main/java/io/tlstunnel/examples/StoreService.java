package io.tlstunnel.examples;

import io.grpc.BindableService;
import io.grpc.MethodDescriptor;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import io.tlstunnel.junit.ByteMethods;

/** A remote cluster's StoreAPI: one method that tells what it has, and one that streams it. */
final class StoreService {
  static final MethodDescriptor<byte[], byte[]> INFO = ByteMethods.unary("thanos.info.Info/Info");
  static final MethodDescriptor<byte[], byte[]> SERIES =
      ByteMethods.serverStreaming("thanos.Store/Series");

  private final ClusterData data;

  StoreService(ClusterData data) {
    this.data = data;
  }

  BindableService info() {
    return () ->
        ServerServiceDefinition.builder("thanos.info.Info")
            .addMethod(INFO, ServerCalls.asyncUnaryCall(this::answerInfo))
            .build();
  }

  BindableService series() {
    return () ->
        ServerServiceDefinition.builder("thanos.Store")
            .addMethod(SERIES, ServerCalls.asyncServerStreamingCall(this::streamSeries))
            .build();
  }

  private void answerInfo(byte[] request, StreamObserver<byte[]> response) {
    byte[] labels =
        ProtoMessage.write(out -> out.writeByteArray(1, Series.toLabel("cluster", data.cluster())));
    response.onNext(
        ProtoMessage.write(
            out -> {
              out.writeByteArray(1, labels);
              out.writeString(2, "sidecar");
            }));
    response.onCompleted();
  }

  /** Sends as fast as the client reads, not faster: the transport says when there is room. */
  private void streamSeries(byte[] request, StreamObserver<byte[]> response) {
    ServerCallStreamObserver<byte[]> call = (ServerCallStreamObserver<byte[]>) response;
    if (request.length == 0) {
      call.onError(Status.INVALID_ARGUMENT.withDescription("no matchers").asRuntimeException());
      return;
    }
    int[] next = {0};
    call.setOnReadyHandler(
        () -> {
          while (call.isReady() && next[0] < ClusterData.CHUNKS) {
            call.onNext(data.chunk(next[0]++).toSeriesResponse());
            if (next[0] == ClusterData.CHUNKS) {
              call.onCompleted();
            }
          }
        });
  }
}
