package io.tlstunnel.internal.upstream;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.handler.ssl.SslProvider;
import io.netty.util.ReferenceCountUtil;
import io.tlstunnel.testpki.Issued;
import java.net.InetSocketAddress;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Consumer;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.SNIServerName;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.jspecify.annotations.Nullable;

/**
 * A remote on a loopback port that ends TLS and then does what the test tells it to.
 *
 * <p>It speaks the JDK's TLS unless told otherwise: what varies in these tests is our side.
 */
final class TlsRemote implements AutoCloseable {
  /** What the remote saw of a connection when its handshake was over. */
  record Seen(List<String> sni, @Nullable X509Certificate client, @Nullable String protocol) {}

  private final Channel server;
  private final BlockingQueue<Seen> handshakes = new LinkedBlockingQueue<>();
  private final BlockingQueue<Channel> connections = new LinkedBlockingQueue<>();

  private TlsRemote(Spec spec, TestLoops loops) throws SSLException {
    SslContext tls = spec.builder.build();
    server =
        new ServerBootstrap()
            .group(loops.group())
            .channel(NioServerSocketChannel.class)
            .childHandler(
                new ChannelInitializer<SocketChannel>() {
                  @Override
                  protected void initChannel(SocketChannel channel) {
                    loops.closeAtEnd(channel);
                    connections.add(channel);
                    channel.pipeline().addLast(tls.newHandler(channel.alloc()), watch(spec));
                  }
                })
            .bind("127.0.0.1", 0)
            .syncUninterruptibly()
            .channel();
  }

  static Spec with(Issued certificate) {
    return new Spec(certificate);
  }

  int port() {
    return ((InetSocketAddress) server.localAddress()).getPort();
  }

  Seen handshake() throws InterruptedException {
    return TestLoops.take(handshakes);
  }

  Channel connection() throws InterruptedException {
    return TestLoops.take(connections);
  }

  @Override
  public void close() {
    server.close().syncUninterruptibly();
  }

  private ChannelInboundHandlerAdapter watch(Spec spec) {
    return new ChannelInboundHandlerAdapter() {
      @Override
      public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event instanceof SslHandshakeCompletionEvent done && done.isSuccess()) {
          handshakes.add(seen(ctx.pipeline().get(SslHandler.class)));
          spec.onHandshake.accept(ctx.channel());
        }
      }

      @Override
      public void channelRead(ChannelHandlerContext ctx, Object bytes) {
        if (spec.echoes && bytes instanceof ByteBuf) {
          ctx.writeAndFlush(bytes);
        } else {
          ReferenceCountUtil.release(bytes);
        }
      }

      @Override
      public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        ctx.close();
      }
    };
  }

  private static Seen seen(SslHandler tls) {
    ExtendedSSLSession session = (ExtendedSSLSession) tls.engine().getSession();
    List<String> sni =
        session.getRequestedServerNames().stream()
            .map(SNIServerName::getEncoded)
            .map(String::new)
            .toList();
    try {
      return new Seen(
          sni, (X509Certificate) session.getPeerCertificates()[0], tls.applicationProtocol());
    } catch (SSLPeerUnverifiedException e) {
      return new Seen(sni, null, tls.applicationProtocol());
    }
  }

  /**
   * How the remote behaves; by default it takes any TLS version, wants no certificate, speaks h2.
   */
  static final class Spec {
    private final SslContextBuilder builder;
    private Consumer<Channel> onHandshake = channel -> {};
    private boolean echoes;

    private Spec(Issued certificate) {
      builder =
          SslContextBuilder.forServer(certificate.key(), certificate.chain())
              .sslProvider(SslProvider.JDK);
      alpn("h2");
    }

    Spec requiresClientFrom(X509Certificate authority) {
      builder.trustManager(authority).clientAuth(ClientAuth.REQUIRE);
      return this;
    }

    /** Speaks TLS by BoringSSL, whose alerts differ from the JDK's. */
    Spec byBoringSsl() {
      builder.sslProvider(SslProvider.OPENSSL);
      return this;
    }

    Spec versions(String... versions) {
      builder.protocols(versions);
      return this;
    }

    Spec ciphers(String... ciphers) {
      builder.ciphers(List.of(ciphers));
      return this;
    }

    /** Accepts silently if nothing matches, as servers without ALPN do. */
    Spec alpn(String... protocols) {
      builder.applicationProtocolConfig(
          new ApplicationProtocolConfig(
              ApplicationProtocolConfig.Protocol.ALPN,
              ApplicationProtocolConfig.SelectorFailureBehavior.NO_ADVERTISE,
              ApplicationProtocolConfig.SelectedListenerFailureBehavior.ACCEPT,
              protocols));
      return this;
    }

    /** Ends the handshake by an alert if nothing matches. */
    Spec strictAlpn(String... protocols) {
      builder.applicationProtocolConfig(
          new ApplicationProtocolConfig(
              ApplicationProtocolConfig.Protocol.ALPN,
              ApplicationProtocolConfig.SelectorFailureBehavior.FATAL_ALERT,
              ApplicationProtocolConfig.SelectedListenerFailureBehavior.FATAL_ALERT,
              protocols));
      return this;
    }

    Spec noAlpn() {
      builder.applicationProtocolConfig(ApplicationProtocolConfig.DISABLED);
      return this;
    }

    Spec onHandshake(Consumer<Channel> action) {
      onHandshake = action;
      return this;
    }

    Spec echoes() {
      echoes = true;
      return this;
    }

    TlsRemote start(TestLoops loops) throws SSLException {
      return new TlsRemote(this, loops);
    }
  }
}
