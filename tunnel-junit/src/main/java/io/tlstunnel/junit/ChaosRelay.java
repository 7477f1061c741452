package io.tlstunnel.junit;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.util.ReferenceCountUtil;
import io.tlstunnel.junit.fault.NetworkFault;
import io.tlstunnel.junit.fault.When;
import java.net.InetSocketAddress;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

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
  private final EventLoopGroup loops =
      new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
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
            .group(loops)
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
    loops.shutdownGracefully(0, 5, TimeUnit.SECONDS).awaitUninterruptibly(10_000);
  }

  private void accept(SocketChannel client) {
    client.config().setAutoRead(false);
    client.pipeline().addLast(new NetworkChaos(plan, connections.incrementAndGet()));
    Bridge toServer = new Bridge();
    Bridge toClient = new Bridge();
    toClient.other = client;
    client.pipeline().addLast(toServer);
    new Bootstrap()
        .group(client.eventLoop())
        .channel(NioSocketChannel.class)
        .option(ChannelOption.ALLOW_HALF_CLOSURE, true)
        .handler(toClient)
        .connect(host, port)
        .addListener(
            connected -> {
              if (!connected.isSuccess()) {
                client.config().setOption(ChannelOption.SO_LINGER, 0);
                client.close();
              }
            });
    toClient.onActive =
        server -> {
          toServer.other = server;
          client.config().setAutoRead(true);
        };
  }

  /** Copies what it reads to the other side, no faster than the other side takes it. */
  private static final class Bridge extends ChannelInboundHandlerAdapter {
    @Nullable Channel other;
    Consumer<Channel> onActive = channel -> {};

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
      onActive.accept(ctx.channel());
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object bytes) {
      if (other == null) {
        ReferenceCountUtil.release(bytes);
      } else {
        other.write(bytes);
      }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
      if (other != null) {
        other.flush();
        if (!other.isWritable()) {
          ctx.channel().config().setAutoRead(false);
        }
      }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
      if (other != null && ctx.channel().isWritable()) {
        other.config().setAutoRead(true);
      }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
      if (event instanceof ChannelInputShutdownEvent && other != null) {
        ((SocketChannel) other).shutdownOutput();
      }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
      if (other != null) {
        other.close();
      }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      // A reset on one side is a reset on the other: that is what a network would do.
      if (other != null) {
        other.config().setOption(ChannelOption.SO_LINGER, 0);
      }
      ctx.close();
    }
  }
}
