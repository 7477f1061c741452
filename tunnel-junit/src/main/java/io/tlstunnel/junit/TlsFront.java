package io.tlstunnel.junit;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import java.net.InetSocketAddress;
import java.util.function.Consumer;
import java.util.function.IntFunction;

/**
 * A listening port with TLS, records and faults, for backends that bring no server of their own.
 */
final class TlsFront implements AutoCloseable {
  private final NioLoop loop = new NioLoop("backend");
  private final Channel listener;

  /**
   * Starts to listen.
   *
   * @param behindTls makes the first handler behind TLS for a connection's number
   * @param application adds what comes behind that
   */
  TlsFront(
      int port,
      BackendTls tls,
      Traffic traffic,
      FaultPlan plan,
      IntFunction<ChannelHandler> behindTls,
      Consumer<SocketChannel> application) {
    ConnectionSslContext sslContext = new ConnectionSslContext(() -> tls.context(null));
    ChannelFuture bound =
        new ServerBootstrap()
            .group(loop.group())
            .channel(NioServerSocketChannel.class)
            .handler(Wiretap.onAccept(traffic, plan, tls, sslContext, behindTls))
            .childHandler(
                new ChannelInitializer<SocketChannel>() {
                  @Override
                  protected void initChannel(SocketChannel channel) {
                    channel.pipeline().addLast(sslContext.newHandler(channel.alloc()));
                    application.accept(channel);
                  }
                })
            .bind(Loopback.port(port))
            .awaitUninterruptibly();
    if (bound.cause() != null) {
      loop.close();
      throw new IllegalStateException(
          tls.serverName() + " cannot listen on 127.0.0.1:" + port + ": is it in use?",
          bound.cause());
    }
    listener = bound.channel();
  }

  int port() {
    return ((InetSocketAddress) listener.localAddress()).getPort();
  }

  @Override
  public void close() {
    listener.close().syncUninterruptibly();
    loop.close();
  }
}
