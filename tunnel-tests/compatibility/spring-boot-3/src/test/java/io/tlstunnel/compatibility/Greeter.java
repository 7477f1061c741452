package io.tlstunnel.compatibility;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.grpc.BindableService;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ServerServiceDefinition;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.ServerCalls;
import io.tlstunnel.junit.ByteMethods;
import java.util.concurrent.TimeUnit;

/** Stands for the user's service and stub. */
public final class Greeter implements BindableService {
  private static final String GREET = "greeter.Greeter/Greet";

  @Override
  public ServerServiceDefinition bindService() {
    return ServerServiceDefinition.builder("greeter.Greeter")
        .addMethod(
            ByteMethods.unary(GREET),
            ServerCalls.asyncUnaryCall(
                (name, response) -> {
                  response.onNext(("Hello, " + new String(name, UTF_8)).getBytes(UTF_8));
                  response.onCompleted();
                }))
        .build();
  }

  static String greet(Channel channel, String name) {
    CallOptions patient = CallOptions.DEFAULT.withDeadlineAfter(30, TimeUnit.SECONDS);
    byte[] greeting =
        ClientCalls.blockingUnaryCall(
            channel, ByteMethods.unary(GREET), patient, name.getBytes(UTF_8));
    return new String(greeting, UTF_8);
  }
}
