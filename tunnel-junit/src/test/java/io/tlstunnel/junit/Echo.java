package io.tlstunnel.junit;

import io.grpc.BindableService;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ServerServiceDefinition;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.ServerCalls;
import java.nio.charset.StandardCharsets;
import java.util.Iterator;

/** A service without generated code: says what it is told, once or as often as the text is long. */
final class Echo implements BindableService {
  static final String SAY = "echo.Echo/Say";
  static final String SPELL = "echo.Echo/Spell";

  @Override
  public ServerServiceDefinition bindService() {
    return ServerServiceDefinition.builder("echo.Echo")
        .addMethod(
            ByteMethods.unary(SAY),
            ServerCalls.asyncUnaryCall(
                (request, response) -> {
                  response.onNext(request);
                  response.onCompleted();
                }))
        .addMethod(
            ByteMethods.serverStreaming(SPELL),
            ServerCalls.asyncServerStreamingCall(
                (request, response) -> {
                  for (byte letter : request) {
                    response.onNext(new byte[] {letter});
                  }
                  response.onCompleted();
                }))
        .build();
  }

  static String say(Channel channel, String text) {
    byte[] reply =
        ClientCalls.blockingUnaryCall(
            channel, ByteMethods.unary(SAY), CallOptions.DEFAULT, bytes(text));
    return new String(reply, StandardCharsets.UTF_8);
  }

  static Iterator<byte[]> spell(Channel channel, String text) {
    return ClientCalls.blockingServerStreamingCall(
        channel, ByteMethods.serverStreaming(SPELL), CallOptions.DEFAULT, bytes(text));
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
