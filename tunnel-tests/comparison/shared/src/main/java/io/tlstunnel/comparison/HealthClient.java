package io.tlstunnel.comparison;

import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import com.google.protobuf.DescriptorProtos.FileDescriptorSet;
import com.google.protobuf.TextFormat;
import io.grpc.CallOptions;
import io.grpc.Grpc;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.TlsChannelCredentials;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.health.v1.HealthProto;
import io.grpc.stub.ClientCalls;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.concurrent.TimeUnit;

/** A grpc-java client over mutual TLS: it asks for {@code store.example} and is {@code CN=desk}. */
public final class HealthClient implements AutoCloseable {
  /** {@code grpc.health.v1.Health} under another name, for a tool that serves that one itself. */
  public static final String OTHER_NAME = "store.health.Health";

  private final ManagedChannel channel;
  private final String service;

  public HealthClient(int port, Certificates certificates) {
    this(port, certificates, HealthGrpc.SERVICE_NAME);
  }

  public HealthClient(int port, Certificates certificates, String service) {
    this(
        port,
        certificates.ca(),
        certificates.client().chain(),
        certificates.client().key(),
        service);
  }

  public HealthClient(int port, Path ca, Path chain, Path key) {
    this(port, ca, chain, key, HealthGrpc.SERVICE_NAME);
  }

  private HealthClient(int port, Path ca, Path chain, Path key, String service) {
    this.service = service;
    try {
      channel =
          Grpc.newChannelBuilder(
                  "127.0.0.1:" + port,
                  TlsChannelCredentials.newBuilder()
                      .trustManager(ca.toFile())
                      .keyManager(chain.toFile(), key.toFile())
                      .build())
              .overrideAuthority("store.example")
              .build();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public ServingStatus check() {
    return ClientCalls.blockingUnaryCall(
            channel, named(HealthGrpc.getCheckMethod()), patient(), request())
        .getStatus();
  }

  public Iterator<HealthCheckResponse> watch() {
    return ClientCalls.blockingServerStreamingCall(
        channel, named(HealthGrpc.getWatchMethod()), patient(), request());
  }

  /** What {@code protoc --descriptor_set_out} writes for the service of a name. */
  public static byte[] descriptorSet(String service) {
    try {
      String text = TextFormat.printer().printToString(HealthProto.getDescriptor().toProto());
      FileDescriptorProto.Builder file = FileDescriptorProto.newBuilder();
      String folder = service.substring(0, service.lastIndexOf('.'));
      TextFormat.merge(text.replace("grpc.health.v1", folder), file);
      return FileDescriptorSet.newBuilder().addFile(file).build().toByteArray();
    } catch (TextFormat.ParseException e) {
      throw new IllegalStateException(e);
    }
  }

  private <Q, R> MethodDescriptor<Q, R> named(MethodDescriptor<Q, R> method) {
    return method.toBuilder()
        .setFullMethodName(
            MethodDescriptor.generateFullMethodName(service, method.getBareMethodName()))
        .build();
  }

  private static CallOptions patient() {
    return CallOptions.DEFAULT.withDeadlineAfter(30, TimeUnit.SECONDS);
  }

  private static HealthCheckRequest request() {
    return HealthCheckRequest.getDefaultInstance();
  }

  @Override
  public void close() {
    channel.shutdownNow();
    try {
      if (!channel.awaitTermination(30, TimeUnit.SECONDS)) {
        throw new IllegalStateException("the channel did not close within 30 s");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
