package io.tlstunnel.internal.upstream;

import io.netty.channel.ChannelOption;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.ssl.SslProvider;
import io.tlstunnel.tls.ClientCert;
import io.tlstunnel.tls.ServerTrust;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Options of a test's upstream, by default {@code remote.example} on 127.0.0.1. */
final class Remotes {
  private final SslProvider provider;
  private final ServerTrust trust;
  private Class<? extends SocketChannel> socket = NioSocketChannel.class;
  private String host = "remote.example";
  private Resolver resolver = name -> InetAddress.getAllByName("127.0.0.1");
  private @Nullable String sni;
  private @Nullable ClientCert clientCert;
  private List<String> versions = List.of();
  private List<String> ciphers = List.of();
  private Map<ChannelOption<?>, Object> socketOptions = Map.of();
  private Duration timeout = Duration.ofSeconds(20);
  private RouteWitness witness = RouteWitness.NOBODY;

  private Remotes(SslProvider provider, ServerTrust trust) {
    this.provider = provider;
    this.trust = trust;
  }

  static Remotes trusting(ServerTrust trust, SslProvider provider) {
    return new Remotes(provider, trust);
  }

  Remotes host(String host) {
    this.host = host;
    return this;
  }

  Remotes resolver(Resolver resolver) {
    this.resolver = resolver;
    return this;
  }

  Remotes addresses(String... literals) {
    return resolver(
        name -> {
          InetAddress[] addresses = new InetAddress[literals.length];
          for (int i = 0; i < literals.length; i++) {
            addresses[i] = InetAddress.getByName(literals[i]);
          }
          return addresses;
        });
  }

  Remotes sni(String sni) {
    this.sni = sni;
    return this;
  }

  Remotes clientCert(ClientCert clientCert) {
    this.clientCert = clientCert;
    return this;
  }

  Remotes versions(String... versions) {
    this.versions = List.of(versions);
    return this;
  }

  Remotes ciphers(String... ciphers) {
    this.ciphers = List.of(ciphers);
    return this;
  }

  Remotes timeout(Duration timeout) {
    this.timeout = timeout;
    return this;
  }

  Remotes socket(Class<? extends SocketChannel> socket) {
    this.socket = socket;
    return this;
  }

  Remotes socketOptions(Map<ChannelOption<?>, Object> options) {
    this.socketOptions = options;
    return this;
  }

  Remotes witness(RouteWitness witness) {
    this.witness = witness;
    return this;
  }

  Upstream at(int port) {
    return new Upstream(
        new UpstreamOptions(
            host,
            port,
            sni,
            trust,
            clientCert,
            versions,
            ciphers,
            List.of(),
            timeout,
            socketOptions),
        socket,
        provider,
        resolver,
        witness);
  }

  /** Takes each connection and resets it, before our side can write to it. */
  static RouteWitness resetWhenConnected(ServerSocket server) {
    return new RouteWitness() {
      @Override
      public void connected() {
        try (Socket accepted = server.accept()) {
          accepted.setSoLinger(true, 0);
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
      }
    };
  }
}
