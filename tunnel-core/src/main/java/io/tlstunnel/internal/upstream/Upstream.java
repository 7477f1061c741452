package io.tlstunnel.internal.upstream;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslProvider;
import io.tlstunnel.event.Stage;
import io.tlstunnel.event.TunnelFailure;
import io.tlstunnel.tls.ClientCert;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import org.jspecify.annotations.Nullable;

/** The way to the remote. */
public final class Upstream implements AutoCloseable {
  private final UpstreamOptions options;
  private final Class<? extends SocketChannel> socket;
  private final SslContext tls;

  public Upstream(UpstreamOptions options, Class<? extends SocketChannel> socket) {
    this.options = options;
    this.socket = socket;
    SslContextBuilder builder =
        SslContextBuilder.forClient()
            .sslProvider(OpenSsl.isAvailable() ? SslProvider.OPENSSL : SslProvider.JDK)
            .trustManager(options.trust().trustManager())
            .applicationProtocolConfig(
                new ApplicationProtocolConfig(
                    ApplicationProtocolConfig.Protocol.ALPN,
                    ApplicationProtocolConfig.SelectorFailureBehavior.NO_ADVERTISE,
                    ApplicationProtocolConfig.SelectedListenerFailureBehavior.ACCEPT,
                    "h2"));
    ClientCert cert = options.clientCert();
    if (cert != null) {
      builder.keyManager(cert.privateKey(), cert.chain());
    }
    try {
      tls = builder.build();
    } catch (SSLException e) {
      throw new IllegalArgumentException(e);
    }
  }

  public RouteAttempt open(EventLoop loop, RouteListener listener) {
    String peer = options.host() + ":" + options.port();
    RouteAttempt attempt = new RouteAttempt(peer);
    String sni = options.sni();
    String name = sni == null ? options.host() : sni;
    new Bootstrap()
        .group(loop)
        .channel(socket)
        .option(ChannelOption.AUTO_READ, false)
        .option(ChannelOption.WRITE_BUFFER_WATER_MARK, new WriteBufferWaterMark(65536, 131072))
        .option(ChannelOption.TCP_NODELAY, true)
        .handler(
            new ChannelInitializer<Channel>() {
              @Override
              protected void initChannel(Channel channel) {
                attempt.channel = channel;
                SslHandler handler = tls.newHandler(channel.alloc(), name, options.port());
                SSLParameters parameters = handler.engine().getSSLParameters();
                parameters.setEndpointIdentificationAlgorithm("HTTPS");
                handler.engine().setSSLParameters(parameters);
                channel.pipeline().addLast(handler);
                handler
                    .handshakeFuture()
                    .addListener(
                        done -> {
                          if (done.isSuccess()) {
                            attempt.settled = true;
                            listener.ready(channel, peer);
                          } else {
                            fail(attempt, listener, Stage.TLS, peer, done.cause());
                          }
                        });
              }
            })
        .connect(options.host(), options.port())
        .addListener(
            (ChannelFuture connected) -> {
              if (connected.isSuccess()) {
                connected.channel().read();
              } else {
                fail(attempt, listener, Stage.CONNECT, peer, connected.cause());
              }
            });
    return attempt;
  }

  private static void fail(
      RouteAttempt attempt, RouteListener listener, Stage stage, String peer, Throwable cause) {
    if (!attempt.settled) {
      attempt.settled = true;
      listener.failed(new TunnelFailure(stage, peer, String.valueOf(cause), "", false));
    }
  }

  public TunnelFailure lost(@Nullable Throwable cause, String peer, boolean spoke) {
    return new TunnelFailure(
        Stage.RELAY, peer, cause == null ? "closed" : String.valueOf(cause), "", true);
  }

  @Override
  public void close() {}
}
