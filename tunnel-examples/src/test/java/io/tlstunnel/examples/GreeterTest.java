package io.tlstunnel.examples;

import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.ManagedChannel;
import io.tlstunnel.junit.Backend;
import io.tlstunnel.junit.WithRoute;
import org.junit.jupiter.api.Test;

@WithRoute(services = Greeter.class)
class GreeterTest {
  @Test
  void greets(ManagedChannel channel, Backend backend) {
    assertThat(Greeter.greet(channel, "Ada")).isEqualTo("Hello, Ada");
    assertThat(backend.takeCall(ofSeconds(5)).clientPrincipal()).isEqualTo("CN=tunnel");
  }
}
