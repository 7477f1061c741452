package io.tlstunnel.internal.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelOption;
import io.netty.handler.ssl.SslProvider;
import io.tlstunnel.event.Stage;
import io.tlstunnel.event.TunnelFailure;
import io.tlstunnel.testpki.Issued;
import io.tlstunnel.testpki.TestCa;
import io.tlstunnel.tls.ClientCert;
import io.tlstunnel.tls.ServerTrust;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** How a route that stood ends is told, with either TLS provider. */
@ParameterizedClass
@EnumSource(names = {"JDK", "OPENSSL_REFCNT"})
class RouteLossTest {
  private static final TestCa CA = TestCa.create("test authority");
  private static final TestCa OTHER = TestCa.create("other authority");
  private static final Issued SERVER = CA.server("remote.example");
  private static final Issued CLIENT = CA.client("tunnel");
  private static final String NO_FIRST_FRAME =
      "check the remote's log: it may refuse our client certificate, or not speak HTTP/2";

  private final SslProvider provider;
  private final TestLoops loops = new TestLoops();

  RouteLossTest(SslProvider provider) {
    this.provider = provider;
  }

  @AfterEach
  void close() {
    loops.close();
  }

  @Test
  void remoteThatClosesBeforeItsFirstFrameIsTold() throws Exception {
    TunnelFailure failure = lostAfter(TlsRemote.with(SERVER).onHandshake(Channel::close));
    assertThat(failure.cause()).isEqualTo("the remote closed the connection");
    assertThat(failure.remedy()).isEqualTo(NO_FIRST_FRAME);
    assertThat(failure.stage()).isEqualTo(Stage.SETTINGS);
    assertThat(failure.mayHaveReachedRemote()).isTrue();
  }

  @Test
  void remoteThatSpokeAndClosesIsTold() throws Exception {
    TunnelFailure failure =
        lostAfter(
            TlsRemote.with(SERVER)
                .onHandshake(channel -> speak(channel).addListener(said -> channel.close())));
    assertThat(failure.cause()).isEqualTo("the remote closed the connection");
    assertThat(failure.remedy())
        .isEqualTo("the next call connects anew; the remote's log should say why");
    assertThat(failure.stage()).isEqualTo(Stage.RELAY);
    assertThat(failure.mayHaveReachedRemote()).isTrue();
  }

  @Test
  void endWithoutCloseNotifyIsACut() throws Exception {
    TunnelFailure failure =
        lostAfter(
            TlsRemote.with(SERVER)
                .onHandshake(channel -> speak(channel).addListener(said -> cut(channel))));
    assertThat(failure.cause())
        .isEqualTo("the connection was cut off: it ended without TLS close_notify");
    assertThat(failure.stage()).isEqualTo(Stage.RELAY);
  }

  @Test
  void ourOwnLeavingIsNoFailure() throws Exception {
    try (TlsRemote remote = TlsRemote.with(SERVER).start(loops);
        Upstream upstream = ours().at(remote.port())) {
      Route route = new Route(upstream, loops);
      route.ready().channel().close();
      assertThat(route.lost().cause()).isEqualTo("the remote closed the connection");
      assertThat(route.thrown()).isEmpty();
    }
  }

  @Test
  void resetIsTold() throws Exception {
    TunnelFailure failure =
        lostAfter(
            TlsRemote.with(SERVER)
                .onHandshake(
                    channel -> {
                      channel.config().setOption(ChannelOption.SO_LINGER, 0);
                      speak(channel).addListener(said -> cut(channel));
                    }));
    assertThat(failure.cause()).isEqualTo("the remote reset the connection");
    assertThat(failure.stage()).isEqualTo(Stage.RELAY);
  }

  /** The remote's alert must survive that our writes fail on the connection that it closed. */
  @RepeatedTest(10)
  void refusalOfOurCertificateIsToldAlthoughWeWereWriting() throws Exception {
    try (TlsRemote remote =
            TlsRemote.with(SERVER)
                .versions("TLSv1.3")
                .requiresClientFrom(OTHER.certificate())
                .start(loops);
        Upstream upstream = ours().at(remote.port())) {
      Route route = new Route(upstream, loops);
      Channel channel = route.ready().channel();
      for (int i = 0; i < 20; i++) {
        channel.writeAndFlush(Unpooled.wrappedBuffer(new byte[16_384]));
      }
      assertThat(remote.connection().closeFuture().await(20_000)).isTrue();
      channel.writeAndFlush(Unpooled.wrappedBuffer(new byte[16_384])).await(20_000);
      channel.config().setAutoRead(true);
      TunnelFailure failure = route.lost();
      assertThat(failure.cause())
          .isEqualTo("the remote refused our client certificate: certificate_unknown");
      assertThat(failure.stage()).isEqualTo(Stage.TLS);
      assertThat(failure.mayHaveReachedRemote()).isFalse();
    }
  }

  @Test
  void whatTheRemoteSaysWithTheEndOfItsHandshakeArrives() throws Exception {
    try (TlsRemote remote = TlsRemote.with(SERVER).onHandshake(RouteLossTest::speak).start(loops);
        Upstream upstream = ours().at(remote.port())) {
      Route route = new Route(upstream, loops);
      route.ready().channel().config().setAutoRead(true);
      assertThat(route.next()).isEqualTo(new Route.Text("hello"));
    }
  }

  private Remotes ours() {
    return Remotes.trusting(ServerTrust.certificates(CA.certificates()), provider)
        .clientCert(ClientCert.of(CLIENT.key(), CLIENT.chain()));
  }

  private TunnelFailure lostAfter(TlsRemote.Spec spec) throws Exception {
    try (TlsRemote remote = spec.start(loops);
        Upstream upstream = ours().at(remote.port())) {
      Route route = new Route(upstream, loops);
      route.ready().channel().config().setAutoRead(true);
      TunnelFailure failure = route.lost();
      assertThat(failure.peer()).isEqualTo("remote.example/127.0.0.1:" + remote.port());
      return failure;
    }
  }

  private static ChannelFuture speak(Channel channel) {
    return channel.writeAndFlush(Unpooled.copiedBuffer("hello", StandardCharsets.UTF_8));
  }

  /** Closes the connection behind the TLS handler's back. */
  private static void cut(Channel channel) {
    channel.pipeline().firstContext().close();
  }
}
