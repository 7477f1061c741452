package io.tlstunnel.compatibility;

import static io.tlstunnel.junit.TunnelAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.netty.util.Version;
import io.tlstunnel.junit.Backend;
import io.tlstunnel.junit.FromRoute;
import io.tlstunnel.junit.TunnelExtension;
import io.tlstunnel.junit.WithRoute;
import io.tlstunnel.junit.fault.GrpcFault;
import io.tlstunnel.junit.fault.TlsFault;
import io.tlstunnel.junit.fault.When;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;

/** An application whose channel leads to the route, with the versions that Spring Boot manages. */
@SpringBootTest(classes = SpringBootTestBesideRouteTest.Application.class)
class SpringBootTestBesideRouteTest {
  @RegisterExtension
  static final TunnelExtension route =
      TunnelExtension.builder().service(new Greeter()).serverName("greeter.example").build();

  @DynamicPropertySource
  static void remote(DynamicPropertyRegistry properties) {
    properties.add("greeter.target", () -> route.tunnel().target());
  }

  @Configuration(proxyBeanMethods = false)
  static class Application {
    @Bean(destroyMethod = "shutdownNow")
    ManagedChannel channel(@Value("${greeter.target}") String target) {
      return Grpc.newChannelBuilder(target, InsecureChannelCredentials.create()).build();
    }

    @Bean
    GreeterClient client(ManagedChannel channel) {
      return new GreeterClient(channel);
    }
  }

  record GreeterClient(ManagedChannel channel) {
    String greet(String name) {
      return Greeter.greet(channel, name);
    }
  }

  @Autowired private GreeterClient client;

  @Test
  void beanCallsThroughTheRoute() {
    assertThat(client.greet("Ada")).isEqualTo("Hello, Ada");
    assertThat(route.backend())
        .received("/greeter.Greeter/Greet")
        .withSni("greeter.example")
        .withClientPrincipal("CN=tunnel");
  }

  @Test
  void bothExtensionsGiveParametersToOneTest(
      @Autowired GreeterClient bean, @Value("${greeter.target}") String target, Backend backend) {
    assertThat(target).isEqualTo(route.tunnel().target());
    backend.inject(GrpcFault.status(14, "down for repair"), When.once());
    assertThatThrownBy(() -> bean.greet("Ada")).hasMessage("UNAVAILABLE: down for repair");
    assertThat(bean.greet("Ada")).isEqualTo("Hello, Ada");
  }

  @Test
  @WithRoute(name = "own", services = Greeter.class)
  void methodHasARouteOfItsOwnBesideTheContext(
      @FromRoute("own") Backend own, @FromRoute("own") ManagedChannel channel) {
    own.inject(TlsFault.EXPIRED, When.once());
    assertThatThrownBy(() -> Greeter.greet(channel, "Ada"))
        .hasMessageContaining("UNAVAILABLE")
        .hasMessageContaining("expired");
    assertThat(Greeter.greet(channel, "Ada")).isEqualTo("Hello, Ada");
  }

  @Test
  void versionsAreThoseThatSpringBootManages() throws Exception {
    assertThat(Version.identify().get("netty-handler").artifactVersion())
        .startsWith(System.getProperty("expected.netty"));
    assertThat(Test.class.getProtectionDomain().getCodeSource().getLocation().getPath())
        .contains("junit-jupiter-api-" + System.getProperty("expected.junit"));
  }
}
