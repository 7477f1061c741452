package io.tlstunnel.junit;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.tlstunnel.junit.fault.NetworkFault;
import io.tlstunnel.junit.fault.When;
import java.net.InetSocketAddress;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A TCP relay on 127.0.0.1 that stands for a bad network in front of anything: a server of another
 * process too. Backends of this package have the same faults built in.
 *
 * <pre>{@code
 * try (ChaosRelay network = ChaosRelay.to("127.0.0.1", server.port())) {
 *   network.inject(NetworkFault.delay(Duration.ofMillis(50)), When.always());
 *   ... connect to network.port() ...
 * }
 * }</pre>
 */
public final class ChaosRelay implements AutoCloseable {
  private final NioLoop loop = new NioLoop("chaos-relay");
  private final FaultPlan plan =
      new FaultPlan("a ChaosRelay", Set.of(NetworkFault.class), "a NetworkFault");
  private final AtomicInteger connections = new AtomicInteger();
  private final Channel listener;
  private final String host;
  private final int port;

  private ChaosRelay(String host, int port) {
    this.host = host;
    this.port = port;
    this.listener =
        new ServerBootstrap()
            .group(loop.group())
            .channel(NioServerSocketChannel.class)
            .childOption(ChannelOption.ALLOW_HALF_CLOSURE, true)
            .childHandler(
                new ChannelInitializer<SocketChannel>() {
                  @Override
                  protected void initChannel(SocketChannel client) {
                    accept(client);
                  }
                })
            .bind(Loopback.port(0))
            .syncUninterruptibly()
            .channel();
  }

  /** Starts a relay to a server; the server need not be there yet. */
  public static ChaosRelay to(String host, int port) {
    return new ChaosRelay(host, port);
  }

  /** The port of the relay on 127.0.0.1. */
  public int port() {
    return ((InetSocketAddress) listener.localAddress()).getPort();
  }

  /** How many connections have been accepted so far. */
  public int connections() {
    return connections.get();
  }

  /** Puts a fault in force: for open connections at once, unless {@code when} says otherwise. */
  public InjectedFault inject(NetworkFault fault, When when) {
    return plan.inject(fault, when);
  }

  /** Puts a fault in force for all connections. */
  public InjectedFault inject(NetworkFault fault) {
    return inject(fault, When.always());
  }

  /** Ends all faults. */
  public void clearFaults() {
    plan.clear();
  }

  /** Stops listening and closes all connections. */
  @Override
  public void close() {
    listener.close().syncUninterruptibly();
    loop.close();
  }

  private void accept(SocketChannel client) {
    ByteBridge toServer = new ByteBridge();
    ByteBridge toClient = new ByteBridge();
    toClient.joinTo(client);
    client
        .pipeline()
        .addLast(new NetworkChaos(plan, connections.incrementAndGet()))
        .addLast(toServer);
    new Bootstrap()
        .group(client.eventLoop())
        .channel(NioSocketChannel.class)
        .option(ChannelOption.ALLOW_HALF_CLOSURE, true)
        .handler(toClient)
        .connect(host, port)
        .addListener(
            (ChannelFuture connected) -> {
              if (connected.isSuccess()) {
                toServer.joinTo(connected.channel());
              } else {
                client.config().setOption(ChannelOption.SO_LINGER, 0);
                client.close();
              }
            });
  }
}
