package io.tlstunnel.internal.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.Channel;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslProvider;
import io.tlstunnel.testpki.Issued;
import io.tlstunnel.testpki.TestCa;
import io.tlstunnel.tls.ServerTrust;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.PrivateKey;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TlsProviderTest {
  private static final TestCa CA = TestCa.create("test authority");
  private static final Issued CLIENT = CA.client("tunnel");

  @Test
  void boringSslIsTakenWhereItLoads() {
    assertThat(TlsProvider.choose(null, List.of())).isEqualTo(SslProvider.OPENSSL_REFCNT);
    assertThat(TlsProvider.choose(null, List.of("TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256")))
        .isEqualTo(SslProvider.OPENSSL_REFCNT);
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384"})
  void choiceAmongTheCiphersOfTls13IsKept(String cipher) throws Exception {
    SslProvider provider = TlsProvider.choose(null, List.of(cipher));
    TestLoops loops = new TestLoops();
    try (loops;
        TlsRemote remote = TlsRemote.with(CA.server("remote.example")).start(loops);
        Upstream upstream =
            Remotes.trusting(ServerTrust.certificates(CA.certificates()), provider)
                .ciphers(cipher)
                .at(remote.port())) {
      Channel channel = new Route(upstream, loops).ready().channel();
      assertThat(channel.pipeline().get(SslHandler.class).engine().getSession().getCipherSuite())
          .isEqualTo(cipher);
    }
  }

  @Test
  void keyThatCannotLeaveItsTokenIsLeftToTheJdk() {
    assertThat(TlsProvider.choose(new TokenKey(), List.of())).isEqualTo(SslProvider.JDK);
    assertThat(TlsProvider.choose(CLIENT.key(), List.of())).isEqualTo(SslProvider.OPENSSL_REFCNT);
  }

  @Test
  void jdkIsTakenWithOneWarningWhereBoringSslDoesNotLoad() throws Exception {
    Process jvm =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Dio.netty.handler.ssl.noOpenSsl=true",
                "-cp",
                System.getProperty("java.class.path"),
                TlsProviderTest.class.getName())
            .redirectErrorStream(true)
            .start();
    String output = new String(jvm.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(jvm.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(output.lines().filter(line -> line.equals("chosen: JDK"))).hasSize(2);
    assertThat(output.lines().filter(line -> line.startsWith("library: ")))
        .singleElement()
        .asString()
        .as("what a diagnosis says")
        .startsWith("library: the JDK's TLS (BoringSSL cannot be used: ");
    assertThat(output.lines().filter(line -> line.contains(" WARN ")))
        .singleElement()
        .asString()
        .contains("BoringSSL (netty-tcnative) cannot be used: ")
        .endsWith("; using the JDK's TLS, which costs more CPU");
  }

  @Test
  void jdksTlsIsNamedWhereBoringSslCouldBeUsedToo() throws Exception {
    assertThat(TlsLibrary.of(SSLContext.getDefault().createSSLEngine())).isEqualTo("the JDK's TLS");
  }

  public static void main(String[] args) throws Exception {
    for (int i = 0; i < 2; i++) {
      System.out.println("chosen: " + TlsProvider.choose(null, List.of()));
    }
    System.out.println("library: " + TlsLibrary.of(SSLContext.getDefault().createSSLEngine()));
  }

  /** As key stores of hardware tokens give them: without their bytes. */
  private static final class TokenKey implements PrivateKey {
    private static final long serialVersionUID = 1L;

    @Override
    public String getAlgorithm() {
      return "EC";
    }

    @Override
    public @Nullable String getFormat() {
      return null;
    }

    @Override
    public byte @Nullable [] getEncoded() {
      return null;
    }
  }
}
