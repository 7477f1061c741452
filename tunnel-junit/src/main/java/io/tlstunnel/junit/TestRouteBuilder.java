package io.tlstunnel.junit;

import io.grpc.BindableService;
import io.grpc.ServerServiceDefinition;
import io.tlstunnel.TlsTunnel;
import io.tlstunnel.TlsTunnelBuilder;
import io.tlstunnel.tls.ClientCert;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Describes a {@link TestRoute}: start it yourself, or let a {@link TunnelExtension} own it. */
public final class TestRouteBuilder {
  private final List<ServerServiceDefinition> services = new ArrayList<>();
  private final List<Consumer<TlsTunnelBuilder>> tunnelSettings = new ArrayList<>();
  private String name = "default";
  private String serverName = "backend.test";
  private String clientSubject = "CN=tunnel";
  private @Nullable TestCa ca;
  private @Nullable Function<TestCa, ? extends Backend> backend;

  TestRouteBuilder() {}

  /** The route's name, where a test has several. Default: {@code default}. */
  public TestRouteBuilder name(String name) {
    this.name = Objects.requireNonNull(name, "name");
    return this;
  }

  /** Adds a service to the route's {@link GrpcBackend}. */
  public TestRouteBuilder service(BindableService service) {
    return service(service.bindService());
  }

  /** Adds a service to the route's {@link GrpcBackend}. */
  public TestRouteBuilder service(ServerServiceDefinition service) {
    services.add(Objects.requireNonNull(service, "service"));
    return this;
  }

  /** The name in the backend's certificate, which the tunnel asks for. Default: backend.test. */
  public TestRouteBuilder serverName(String serverName) {
    this.serverName = Objects.requireNonNull(serverName, "serverName");
    return this;
  }

  /** The subject of the tunnel's certificate. Default: {@code CN=tunnel}. */
  public TestRouteBuilder clientSubject(String subject) {
    this.clientSubject = Objects.requireNonNull(subject, "subject");
    return this;
  }

  /** The authority that issues the certificates, where routes share one. Default: a new one. */
  public TestRouteBuilder ca(TestCa ca) {
    this.ca = Objects.requireNonNull(ca, "ca");
    return this;
  }

  /** Makes the backend; {@link #service} and {@link #serverName} are then its own affair. */
  public TestRouteBuilder backend(Function<TestCa, ? extends Backend> backend) {
    this.backend = Objects.requireNonNull(backend, "backend");
    return this;
  }

  /** Changes the tunnel before it starts: anything that its builder offers. */
  public TestRouteBuilder tunnel(Consumer<TlsTunnelBuilder> settings) {
    tunnelSettings.add(Objects.requireNonNull(settings, "settings"));
    return this;
  }

  /** The extension that starts this route before a test and closes it afterwards. */
  public TunnelExtension build() {
    return new TunnelExtension(this);
  }

  /** Starts CA, backend and tunnel. */
  public TestRoute start() {
    TestCa authority = ca == null ? TestCa.create() : ca;
    TestCert clientCert = authority.client(clientSubject);
    Backend remote = startBackend(authority);
    try {
      TlsTunnelBuilder settings =
          TlsTunnel.builder()
              .listen(0)
              .upstream(Loopback.HOST, remote.port())
              .sni(remote.serverName())
              .trust(List.of(authority.root()))
              .clientCert(ClientCert.of(clientCert.privateKey(), clientCert.chain()));
      tunnelSettings.forEach(change -> change.accept(settings));
      return new TestRoute(name, authority, clientCert, remote, settings.start());
    } catch (RuntimeException e) {
      remote.close();
      throw e;
    }
  }

  private Backend startBackend(TestCa authority) {
    if (backend != null) {
      if (!services.isEmpty()) {
        throw new IllegalStateException(
            "service(...) and backend(...) are mutually exclusive: give the backend its services");
      }
      return backend.apply(authority);
    }
    GrpcBackendBuilder builder = GrpcBackend.builder(authority).serverName(serverName);
    services.forEach(builder::service);
    return builder.start();
  }

  String name() {
    return name;
  }
}
