package io.tlstunnel.junit;

import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.tlstunnel.TlsTunnel;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A whole route: a CA, a backend with its certificate, and a tunnel that shows the backend a client
 * certificate of the same CA. Closing it closes the channel, the tunnel and the backend, in this
 * order.
 *
 * <pre>{@code
 * try (TestRoute route = TestRoute.builder().service(new Echo()).start()) {
 *   EchoGrpc.newBlockingStub(route.channel()).say(request);
 * }
 * }</pre>
 */
public final class TestRoute implements AutoCloseable {
  private final String name;
  private final TestCa ca;
  private final TestCert clientCert;
  private final Backend backend;
  private final TlsTunnel tunnel;
  private @Nullable ManagedChannel channel;

  TestRoute(String name, TestCa ca, TestCert clientCert, Backend backend, TlsTunnel tunnel) {
    this.name = name;
    this.ca = ca;
    this.clientCert = clientCert;
    this.backend = backend;
    this.tunnel = tunnel;
  }

  /** Begins the description of a route. */
  public static TestRouteBuilder builder() {
    return new TestRouteBuilder();
  }

  /** The route's name, by which {@link FromRoute} finds it. */
  public String name() {
    return name;
  }

  /** The authority that issued the backend's and the tunnel's certificates. */
  public TestCa ca() {
    return ca;
  }

  /** The certificate that the tunnel shows to the backend. */
  public TestCert clientCert() {
    return clientCert;
  }

  /** The remote. */
  public Backend backend() {
    return backend;
  }

  /** The tunnel to the remote. */
  public TlsTunnel tunnel() {
    return tunnel;
  }

  /** The tunnel's port on 127.0.0.1. */
  public int port() {
    return tunnel.port();
  }

  /** The tunnel's address as gRPC clients want it, such as {@code 127.0.0.1:41234}. */
  public String target() {
    return tunnel.target();
  }

  /** A plain-text channel to the tunnel: made on the first call, closed with the route. */
  public synchronized ManagedChannel channel() {
    ManagedChannel open = channel;
    if (open == null) {
      open = Grpc.newChannelBuilder(target(), InsecureChannelCredentials.create()).build();
      channel = open;
    }
    return open;
  }

  @Override
  public void close() {
    try {
      closeChannel();
    } finally {
      try {
        tunnel.close();
      } finally {
        backend.close();
      }
    }
  }

  private synchronized void closeChannel() {
    if (channel == null) {
      return;
    }
    channel.shutdownNow();
    try {
      if (!channel.awaitTermination(10, TimeUnit.SECONDS)) {
        throw new IllegalStateException("the channel of route " + name + " did not close in 10 s");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public String toString() {
    return "route " + name + ": " + target() + " -> " + backend;
  }
}
