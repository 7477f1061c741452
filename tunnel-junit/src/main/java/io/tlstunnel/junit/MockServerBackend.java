package io.tlstunnel.junit;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.ChannelFuture;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.ssl.ClientAuth;
import io.tlstunnel.junit.fault.Fault;
import java.util.Set;

/**
 * MockServer behind mutual TLS, HTTP/2 and the same records and faults that every backend has.
 * Needs {@code org.mock-server:mockserver-netty} on the class path, and two to five seconds to
 * start.
 *
 * <p>Expectations and verification are MockServer's own:
 *
 * <pre>{@code
 * new MockServerClient("localhost", backend.mockServerPort())
 *     .when(request().withPath("/greeter.Greeter/Greet"))
 *     .respond(response().withHeader("content-type", "application/grpc")
 *         .withBody(message).withTrailer("grpc-status", "0"));
 * }</pre>
 *
 * A call that no expectation matches is answered with UNIMPLEMENTED and a message that says so.
 */
public final class MockServerBackend extends RecordingBackend {
  private final MockServer server;
  private final TlsFront front;

  private MockServerBackend(TestCa ca, String serverName) {
    super(
        new BackendTls(ca, ClientAuth.REQUIRE, serverName),
        new Traffic(serverName),
        new FaultPlan("a MockServerBackend", Set.of(Fault.class), "any fault"));
    server = MockServer.start(MockServerBackend.class.getClassLoader());
    try {
      front = new TlsFront(0, tls, traffic, plan, this::frameTap, this::connectToMockServer);
    } catch (RuntimeException e) {
      server.stop();
      throw e;
    }
  }

  /**
   * Starts MockServer under the name {@code backend.test}; clients need a certificate of the CA.
   */
  public static MockServerBackend start(TestCa ca) {
    return start(ca, "backend.test");
  }

  /**
   * Starts MockServer under a name of your choice.
   *
   * @throws IllegalStateException if MockServer is not on the class path
   */
  public static MockServerBackend start(TestCa ca, String serverName) {
    return new MockServerBackend(ca, serverName);
  }

  /** Where MockServer's own client reaches it, in cleartext, on {@code localhost}. */
  public int mockServerPort() {
    return server.port();
  }

  @Override
  public int port() {
    return front.port();
  }

  @Override
  public void close() {
    try {
      front.close();
    } finally {
      server.stop();
    }
  }

  private FrameTap frameTap(int connection) {
    String remedy =
        "no expectation matches this call; add one with new MockServerClient(\"localhost\", "
            + mockServerPort()
            + ").when(request().withPath(...))";
    return new FrameTap(
        new CallRecorder(traffic, connection),
        (recorder, ends) -> {
          try {
            return new FrameFaults(recorder, plan, connection, new ReadableErrors(ends, remedy));
          } catch (Http2Exception e) {
            throw new IllegalStateException("HPACK settings are wrong", e);
          }
        });
  }

  // MockServer speaks HTTP/2 in cleartext too, to clients with prior knowledge.
  private void connectToMockServer(SocketChannel client) {
    ByteBridge toServer = new ByteBridge();
    ByteBridge toClient = new ByteBridge();
    toClient.joinTo(client);
    client.pipeline().addLast(toServer);
    new Bootstrap()
        .group(client.eventLoop())
        .channel(NioSocketChannel.class)
        .handler(toClient)
        .connect(Loopback.port(mockServerPort()))
        .addListener(
            (ChannelFuture connected) -> {
              if (connected.isSuccess()) {
                toServer.joinTo(connected.channel());
              } else {
                client.close();
              }
            });
  }
}
