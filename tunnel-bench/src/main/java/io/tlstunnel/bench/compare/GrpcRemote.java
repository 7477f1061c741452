package io.tlstunnel.bench.compare;

import io.grpc.Grpc;
import io.grpc.InsecureServerCredentials;
import io.grpc.Server;
import io.grpc.ServerCredentials;
import io.grpc.ServerServiceDefinition;
import io.grpc.TlsServerCredentials;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/** A real gRPC server: an echo, and a stream of large messages like Thanos's Series. */
final class GrpcRemote implements AutoCloseable {
  private final Server tls;
  private final Server plain;

  private GrpcRemote(Server tls, Server plain) {
    this.tls = tls;
    this.plain = plain;
  }

  static GrpcRemote start(Path pki) throws IOException {
    ServerCredentials mutualTls =
        TlsServerCredentials.newBuilder()
            .keyManager(pki.resolve("server.pem").toFile(), pki.resolve("server.key").toFile())
            .trustManager(pki.resolve("ca.pem").toFile())
            .clientAuth(TlsServerCredentials.ClientAuth.REQUIRE)
            .build();
    return new GrpcRemote(serve(mutualTls), serve(InsecureServerCredentials.create()));
  }

  int tlsPort() {
    return tls.getPort();
  }

  int plainPort() {
    return plain.getPort();
  }

  private static Server serve(ServerCredentials credentials) throws IOException {
    ServerServiceDefinition service =
        ServerServiceDefinition.builder(GrpcLoad.SERVICE)
            .addMethod(
                GrpcLoad.ECHO,
                ServerCalls.asyncUnaryCall(
                    (request, responses) -> {
                      responses.onNext(request);
                      responses.onCompleted();
                    }))
            .addMethod(GrpcLoad.SERIES, ServerCalls.asyncServerStreamingCall(GrpcRemote::series))
            .build();
    return Grpc.newServerBuilderForPort(0, credentials).addService(service).build().start();
  }

  /** The request says how many messages; they leave as the client takes them. */
  private static void series(byte[] request, StreamObserver<byte[]> responses) {
    ServerCallStreamObserver<byte[]> stream = (ServerCallStreamObserver<byte[]>) responses;
    int messages = ByteBuffer.wrap(request).getInt();
    byte[] message = new byte[GrpcLoad.SERIES_MESSAGE_BYTES];
    int[] sent = {0};
    stream.setOnReadyHandler(
        () -> {
          while (stream.isReady() && sent[0] < messages) {
            stream.onNext(message);
            if (++sent[0] == messages) {
              stream.onCompleted();
            }
          }
        });
  }

  @Override
  public void close() {
    tls.shutdownNow();
    plain.shutdownNow();
  }
}
