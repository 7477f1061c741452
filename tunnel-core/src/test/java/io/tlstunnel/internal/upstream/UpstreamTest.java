package io.tlstunnel.internal.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.ssl.SslProvider;
import io.tlstunnel.testpki.CertificateSpec;
import io.tlstunnel.testpki.Issued;
import io.tlstunnel.testpki.TestCa;
import io.tlstunnel.tls.ClientCert;
import io.tlstunnel.tls.ServerTrust;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The remote is reached, with either TLS provider. */
class UpstreamTest {
  private static final TestCa CA = TestCa.create("test authority");
  private static final Issued SERVER =
      CA.issue(
          CertificateSpec.of("CN=remote")
              .dns("remote.example")
              .dns("other.example")
              .ip("127.0.0.1"));
  private static final Issued CLIENT = CA.client("tunnel");

  private final TestLoops loops = new TestLoops();

  @AfterEach
  void close() {
    loops.close();
  }

  @ParameterizedTest
  @EnumSource(names = {"JDK", "OPENSSL_REFCNT"})
  void remoteIsReachedOverMutualTls(SslProvider provider) throws Exception {
    try (TlsRemote remote =
            TlsRemote.with(SERVER).requiresClientFrom(CA.certificate()).echoes().start(loops);
        Upstream upstream = upstream(provider, "remote.example", remote.port(), null)) {
      Route route = new Route(upstream, loops);
      Route.Ready ready = route.ready();
      assertThat(ready.peer()).isEqualTo("remote.example/127.0.0.1:" + remote.port());
      TlsRemote.Seen seen = remote.handshake();
      assertThat(seen.sni()).containsExactly("remote.example");
      assertThat(seen.client()).isEqualTo(CLIENT.certificate());
      assertThat(seen.protocol()).isEqualTo("h2");

      Channel channel = ready.channel();
      assertThat(channel.config().isAutoRead()).isFalse();
      assertThat(channel.config().getOption(ChannelOption.TCP_NODELAY)).isTrue();
      assertThat(channel.config().getOption(ChannelOption.SO_KEEPALIVE)).isTrue();
      channel.config().setAutoRead(true);
      channel.writeAndFlush(Unpooled.copiedBuffer("hello", StandardCharsets.UTF_8));
      assertThat(route.next()).isEqualTo(new Route.Text("hello"));
    }
  }

  private Upstream upstream(SslProvider provider, String host, int port, @Nullable String sni) {
    return new Upstream(
        new UpstreamOptions(
            host,
            port,
            sni,
            ServerTrust.certificates(CA.certificates()),
            ClientCert.of(CLIENT.key(), CLIENT.chain()),
            List.of(),
            List.of(),
            Duration.ofSeconds(10)),
        NioSocketChannel.class,
        provider,
        name -> InetAddress.getAllByName("127.0.0.1"));
  }
}
