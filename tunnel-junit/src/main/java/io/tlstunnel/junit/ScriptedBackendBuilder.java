package io.tlstunnel.junit;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.ssl.ClientAuth;
import io.tlstunnel.junit.fault.NetworkFault;
import io.tlstunnel.junit.fault.TlsFault;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/** Describes a {@link ScriptedBackend}, then starts it. */
public final class ScriptedBackendBuilder {
  private final TestCa ca;
  private String serverName = "backend.test";
  private ClientAuth clientAuth = ClientAuth.REQUIRE;
  private ConnectionScript script = connection -> {};
  private ScriptHandler.Manners manners = ScriptHandler.Manners.POLITE;
  private int port;

  ScriptedBackendBuilder(TestCa ca) {
    this.ca = Objects.requireNonNull(ca, "ca");
  }

  /** What to do on each connection. Default: nothing; calls are answered with UNIMPLEMENTED. */
  public ScriptedBackendBuilder script(ConnectionScript script) {
    this.script = Objects.requireNonNull(script, "script");
    return this;
  }

  /**
   * The script does everything itself, from the SETTINGS on. Default: SETTINGS, their
   * acknowledgement and PING's are sent without the script, and calls that it leaves are answered.
   */
  public ScriptedBackendBuilder withoutManners() {
    this.manners = ScriptHandler.Manners.NONE;
    return this;
  }

  /** The name in the backend's certificate. Default: {@code backend.test}. */
  public ScriptedBackendBuilder serverName(String name) {
    this.serverName = Objects.requireNonNull(name, "name");
    return this;
  }

  /** Asks no certificate of clients. Default: one of the CA's is required. */
  public ScriptedBackendBuilder anyClient() {
    this.clientAuth = ClientAuth.NONE;
    return this;
  }

  /** The port to listen on. Default: 0, any free one. */
  public ScriptedBackendBuilder port(int port) {
    if (port < 0 || port > 65_535) {
      throw new IllegalArgumentException("port: " + port + " (expected: 0-65535)");
    }
    this.port = port;
    return this;
  }

  /**
   * Starts the server.
   *
   * @throws IllegalStateException if the port is in use
   */
  public ScriptedBackend start() {
    Traffic traffic = new Traffic(serverName);
    FaultPlan plan =
        new FaultPlan(
            "a ScriptedBackend, which sends what its script says",
            Set.of(TlsFault.class, NetworkFault.class),
            "a TlsFault, a NetworkFault, or frames in the script");
    BackendTls tls = new BackendTls(ca, clientAuth, serverName);
    ConnectionSslContext sslContext = new ConnectionSslContext(() -> tls.context(null));
    ExecutorService scripts = Executors.newCachedThreadPool(ScriptedBackendBuilder::thread);
    EventLoopGroup loops = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    ServerBootstrap bootstrap =
        new ServerBootstrap()
            .group(loops)
            .channel(NioServerSocketChannel.class)
            .handler(
                Wiretap.onAccept(
                    traffic,
                    plan,
                    tls,
                    sslContext,
                    connection ->
                        new ScriptHandler(
                            new CallRecorder(traffic, connection),
                            connection,
                            traffic,
                            script,
                            manners,
                            scripts)))
            .childHandler(
                new ChannelInitializer<SocketChannel>() {
                  @Override
                  protected void initChannel(SocketChannel channel) {
                    channel.pipeline().addLast(sslContext.newHandler(channel.alloc()));
                  }
                });
    ChannelFuture bound = bootstrap.bind(Loopback.port(port)).awaitUninterruptibly();
    if (bound.cause() != null) {
      scripts.shutdownNow();
      loops.shutdownGracefully(0, 5, TimeUnit.SECONDS).awaitUninterruptibly(10_000);
      throw new IllegalStateException(
          serverName + " cannot listen on 127.0.0.1:" + port + ": is it in use?", bound.cause());
    }
    Channel listener = bound.channel();
    return new ScriptedBackend(listener, tls, traffic, plan, loops, scripts);
  }

  private static Thread thread(Runnable script) {
    Thread thread = new Thread(script, "scripted-backend");
    thread.setDaemon(true);
    return thread;
  }
}
