package io.tlstunnel.internal.upstream;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import io.netty.handler.ssl.SslProvider;
import io.tlstunnel.testpki.Issued;
import io.tlstunnel.testpki.TestCa;
import io.tlstunnel.tls.ServerTrust;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** The system tells a reset once: to a write, if that comes before the next read. */
@Tag("trials")
@ParameterizedClass(name = "{0}")
@EnumSource(names = {"JDK", "OPENSSL_REFCNT"})
class ResetTest {
  private static final TestCa CA = TestCa.create("test authority");
  private static final Issued SERVER = CA.server("remote.example");

  private final SslProvider provider;
  private final TestLoops loops = new TestLoops();

  ResetTest(SslProvider provider) {
    this.provider = provider;
  }

  @AfterEach
  void close() {
    loops.close();
  }

  @RepeatedTest(value = 5, name = "14 after the remote's first words, {currentRepetition}")
  void resetOfARemoteThatSpoke() throws Exception {
    assertTold(true);
  }

  @RepeatedTest(value = 5, name = "14 before the remote's first words, {currentRepetition}")
  void resetOfARemoteThatDidNot() throws Exception {
    assertTold(false);
  }

  private void assertTold(boolean spoke) throws Exception {
    try (TlsRemote remote =
            TlsRemote.with(SERVER)
                .onHandshake(
                    channel -> {
                      channel.config().setOption(ChannelOption.SO_LINGER, 0);
                      if (spoke) {
                        channel.writeAndFlush(Unpooled.copiedBuffer("hello", UTF_8));
                      }
                    })
                .start(loops);
        Upstream upstream =
            Remotes.trusting(ServerTrust.certificates(CA.certificates()), provider)
                .at(remote.port())) {
      Route route = new Route(upstream, loops);
      Channel channel = route.ready().channel();
      Channel there = remote.connection();
      if (spoke) {
        channel.config().setAutoRead(true);
        assertThat(route.next()).isEqualTo(new Route.Text("hello"));
        channel.config().setAutoRead(false);
      } else {
        remote.handshake();
      }
      // Behind the TLS handler's back.
      there.pipeline().firstContext().close();
      assertThat(there.closeFuture().await(20_000)).isTrue();
      for (int i = 0; i < 3; i++) {
        channel.writeAndFlush(Unpooled.wrappedBuffer(new byte[100])).await(20_000);
      }
      channel.config().setAutoRead(true);
      assertThat(route.lost().cause()).isEqualTo("the remote reset the connection");
    }
  }
}
