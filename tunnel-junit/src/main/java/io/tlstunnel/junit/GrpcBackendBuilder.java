package io.tlstunnel.junit;

import io.grpc.BindableService;
import io.grpc.Server;
import io.grpc.ServerServiceDefinition;
import io.grpc.netty.NettyServerBuilder;
import io.netty.channel.ChannelHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.ssl.ClientAuth;
import io.netty.util.NetUtil;
import io.tlstunnel.junit.fault.Fault;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Describes a {@link GrpcBackend}, then starts it. */
public final class GrpcBackendBuilder {
  private final TestCa ca;
  private final List<ServerServiceDefinition> services = new ArrayList<>();
  private String serverName = "backend.test";
  private ClientAuth clientAuth = ClientAuth.REQUIRE;
  private final List<Consumer<NettyServerBuilder>> serverSettings = new ArrayList<>();
  private String host = Loopback.HOST;
  private int port;
  private BuiltInServices.@Nullable Health health;

  GrpcBackendBuilder(TestCa ca) {
    this.ca = Objects.requireNonNull(ca, "ca");
  }

  /** Adds a service, as generated code or your own class binds it. */
  public GrpcBackendBuilder service(BindableService service) {
    return service(service.bindService());
  }

  /** Adds a service, for example one made of {@link ByteMethods}. */
  public GrpcBackendBuilder service(ServerServiceDefinition service) {
    services.add(Objects.requireNonNull(service, "service"));
    return this;
  }

  /**
   * Adds {@code grpc.health.v1.Health}: the backend and its services are serving, until {@link
   * GrpcBackend#serving} says otherwise. Needs {@code io.grpc:grpc-services}.
   *
   * @throws IllegalStateException if grpc-services is not on the class path
   */
  public GrpcBackendBuilder health() {
    if (health == null) {
      health = BuiltInServices.health();
      service(health.service());
    }
    return this;
  }

  /**
   * Adds {@code grpc.reflection.v1.ServerReflection}, by which grpcurl and its like find methods.
   * It knows the services of generated code; those of {@link ByteMethods} have no descriptor. Needs
   * {@code io.grpc:grpc-services}.
   *
   * @throws IllegalStateException if grpc-services is not on the class path
   */
  public GrpcBackendBuilder reflection() {
    return service(BuiltInServices.reflection());
  }

  /**
   * The name in the backend's certificate, beside {@code localhost} and 127.0.0.1. Default: {@code
   * backend.test}.
   */
  public GrpcBackendBuilder serverName(String name) {
    this.serverName = Objects.requireNonNull(name, "name");
    return this;
  }

  /** Asks no certificate of clients. Default: one of the CA's is required. */
  public GrpcBackendBuilder anyClient() {
    this.clientAuth = ClientAuth.NONE;
    return this;
  }

  /**
   * The address to listen on, where a test moves between several: {@code 127.0.0.2}. Default:
   * 127.0.0.1.
   *
   * @throws IllegalArgumentException if it is a name
   */
  public GrpcBackendBuilder host(String address) {
    if (!NetUtil.isValidIpV4Address(address) && !NetUtil.isValidIpV6Address(address)) {
      throw new IllegalArgumentException("host: " + address + " (expected: an IP address)");
    }
    this.host = address;
    return this;
  }

  /** Changes the server before it starts: its limits, its windows, what it thinks of PINGs. */
  public GrpcBackendBuilder server(Consumer<NettyServerBuilder> settings) {
    serverSettings.add(Objects.requireNonNull(settings, "settings"));
    return this;
  }

  /** The port to listen on. Default: 0, any free one. */
  public GrpcBackendBuilder port(int port) {
    if (port < 0 || port > 65_535) {
      throw new IllegalArgumentException("port: " + port + " (expected: 0-65535)");
    }
    this.port = port;
    return this;
  }

  /**
   * Starts the server.
   *
   * @throws UncheckedIOException if the port is in use
   * @throws IllegalStateException if grpc-netty is not on the class path
   */
  public GrpcBackend start() {
    requireGrpcNetty();
    Traffic traffic = new Traffic(serverName);
    FaultPlan plan = new FaultPlan("a GrpcBackend", Set.of(Fault.class), "any fault");
    BackendTls tls = new BackendTls(ca, clientAuth, serverName);
    ConnectionSslContext sslContext = new ConnectionSslContext(() -> tls.context(null));
    ChannelHandler tap =
        Wiretap.onAccept(
            traffic, plan, tls, sslContext, connection -> frameTap(traffic, plan, connection));
    NioLoop loop = new NioLoop("grpc-backend");
    NettyServerBuilder builder =
        NettyServerBuilder.forAddress(new InetSocketAddress(host, port))
            .channelFactory(() -> tapped(tap))
            .bossEventLoopGroup(loop.group())
            .workerEventLoopGroup(loop.group())
            .sslContext(sslContext);
    services.forEach(builder::addService);
    if (health != null) {
      for (ServerServiceDefinition service : services) {
        health.set(service.getServiceDescriptor().getName(), true);
      }
    }
    serverSettings.forEach(change -> change.accept(builder));
    try {
      Server server = builder.build().start();
      return new GrpcBackend(server, tls, traffic, plan, loop, health);
    } catch (IOException e) {
      loop.close();
      throw new UncheckedIOException(
          serverName + " cannot listen on " + host + ":" + port + ": is it in use?", e);
    }
  }

  private static void requireGrpcNetty() {
    try {
      Class.forName(
          "io.grpc.netty.NettyServerBuilder", false, GrpcBackendBuilder.class.getClassLoader());
    } catch (ClassNotFoundException e) {
      throw new IllegalStateException(
          "GrpcBackend needs grpc-java: add io.grpc:grpc-netty and io.grpc:grpc-stub (tried: 1.85.1)"
              + " to the test dependencies",
          e);
    }
  }

  private static NioServerSocketChannel tapped(ChannelHandler tap) {
    NioServerSocketChannel listener = new NioServerSocketChannel();
    listener.pipeline().addLast(tap);
    return listener;
  }

  private static FrameTap frameTap(Traffic traffic, FaultPlan plan, int connection) {
    return new FrameTap(
        new CallRecorder(traffic, connection),
        (recorder, ends) -> {
          try {
            return new FrameFaults(recorder, plan, connection, ends);
          } catch (Http2Exception e) {
            throw new IllegalStateException("HPACK settings are wrong", e);
          }
        });
  }
}
