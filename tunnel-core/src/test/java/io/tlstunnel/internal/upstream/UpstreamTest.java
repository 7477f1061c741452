package io.tlstunnel.internal.upstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslProvider;
import io.tlstunnel.testpki.CertificateSpec;
import io.tlstunnel.testpki.Issued;
import io.tlstunnel.testpki.TestCa;
import io.tlstunnel.testpki.TestKeys;
import io.tlstunnel.tls.ClientCert;
import io.tlstunnel.tls.ServerTrust;
import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** The remote is reached, with either TLS provider. */
@ParameterizedClass
@EnumSource(names = {"JDK", "OPENSSL_REFCNT"})
class UpstreamTest {
  private static final TestCa CA = TestCa.create("test authority");
  private static final Issued SERVER = CA.server("remote.example");
  private static final Issued CLIENT = CA.client("tunnel");

  private final SslProvider provider;
  private final TestLoops loops = new TestLoops();

  UpstreamTest(SslProvider provider) {
    this.provider = provider;
  }

  @AfterEach
  void close() {
    loops.close();
  }

  @Test
  void remoteIsReachedOverMutualTls() throws Exception {
    try (TlsRemote remote =
            TlsRemote.with(SERVER).requiresClientFrom(CA.certificate()).echoes().start(loops);
        Upstream upstream = ours(CLIENT).at(remote.port())) {
      Route route = new Route(upstream, loops);
      Route.Ready ready = route.ready();
      assertThat(ready.peer()).isEqualTo("remote.example/127.0.0.1:" + remote.port());
      assertThat(remote.handshake())
          .isEqualTo(new TlsRemote.Seen(List.of("remote.example"), CLIENT.certificate(), "h2"));

      Channel channel = ready.channel();
      assertThat(channel.config().isAutoRead()).isFalse();
      assertThat(channel.config().getOption(ChannelOption.TCP_NODELAY)).isTrue();
      assertThat(channel.config().getOption(ChannelOption.SO_KEEPALIVE)).isTrue();
      channel.config().setAutoRead(true);
      channel.writeAndFlush(Unpooled.copiedBuffer("hello", StandardCharsets.UTF_8));
      assertThat(route.next()).isEqualTo(new Route.Text("hello"));
    }
  }

  @Test
  void everyKindOfKeyServesBothSides() throws Exception {
    for (KeyPair keys :
        new KeyPair[] {TestKeys.rsa(), TestKeys.ec("secp384r1"), TestKeys.named("Ed25519")}) {
      Issued client = CA.issue(CertificateSpec.of("CN=tunnel").keys(keys));
      Issued server =
          keys.getPublic().getAlgorithm().equals("RSA")
              ? CA.issue(CertificateSpec.of("CN=remote").dns("remote.example").keys(TestKeys.rsa()))
              : SERVER;
      try (TlsRemote remote =
              TlsRemote.with(server).requiresClientFrom(CA.certificate()).start(loops);
          Upstream upstream = ours(client).at(remote.port())) {
        new Route(upstream, loops).ready();
        assertThat(remote.handshake().client()).isEqualTo(client.certificate());
      }
    }
  }

  @Test
  void versionsThatWereChosenAreSpoken() throws Exception {
    for (String version : new String[] {"TLSv1.2", "TLSv1.3"}) {
      try (TlsRemote remote = TlsRemote.with(SERVER).start(loops);
          Upstream upstream = ours(CLIENT).versions(version).at(remote.port())) {
        Channel channel = new Route(upstream, loops).ready().channel();
        assertThat(channel.pipeline().get(SslHandler.class).engine().getSession().getProtocol())
            .isEqualTo(version);
      }
    }
  }

  @Test
  void cipherThatWasChosenIsSpoken() throws Exception {
    String cipher = "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384";
    try (TlsRemote remote = TlsRemote.with(SERVER).start(loops);
        Upstream upstream = ours(CLIENT).ciphers(cipher).at(remote.port())) {
      Channel channel = new Route(upstream, loops).ready().channel();
      assertThat(channel.pipeline().get(SslHandler.class).engine().getSession().getCipherSuite())
          .isEqualTo(cipher);
    }
  }

  @Test
  void unknownVersionsAndCiphersAreRefused() {
    assertRefused(
        () -> ours(CLIENT).versions("TLSv1.1").at(443),
        "tlsVersions: TLSv1.1 (expected: TLSv1.2, TLSv1.3)");
    assertRefused(
        () -> ours(CLIENT).ciphers("ROT13").at(443),
        "tlsCiphers: ROT13 (expected: the IANA name of a suite that this TLS provider has, such as"
            + " TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256)");
  }

  @Test
  void namesThatAreNoneAreRefused() {
    assertRefused(
        () -> ours(CLIENT).host("remote_1.example").at(443),
        "upstream host: remote_1.example (expected: a host name of letters, digits, hyphens and"
            + " dots, or an IP address; or call sni(name))");
    assertRefused(
        () -> ours(CLIENT).sni("remote..example").at(443),
        "sni: remote..example (expected: a host name of letters, digits, hyphens and dots, or an IP"
            + " address)");
  }

  private Remotes ours(Issued client) {
    return Remotes.trusting(ServerTrust.certificates(CA.certificates()), provider)
        .clientCert(ClientCert.of(client.key(), client.chain()));
  }

  private static void assertRefused(ThrowingCallable call, String message) {
    assertThatThrownBy(call).isInstanceOf(IllegalArgumentException.class).hasMessage(message);
  }
}
