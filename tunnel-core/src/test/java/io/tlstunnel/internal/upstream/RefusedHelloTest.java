package io.tlstunnel.internal.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.ssl.SslProvider;
import io.tlstunnel.event.Stage;
import io.tlstunnel.event.TunnelFailure;
import io.tlstunnel.testpki.CertificateSpec;
import io.tlstunnel.testpki.Issued;
import io.tlstunnel.testpki.TestCa;
import io.tlstunnel.tls.ClientCert;
import io.tlstunnel.tls.ServerTrust;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.X509ExtendedKeyManager;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A remote that does not serve the name: it says so by an alert, or by some other certificate. */
@Tag("trials")
@ParameterizedClass(name = "{0}")
@EnumSource(names = {"JDK", "OPENSSL_REFCNT"})
class RefusedHelloTest {
  private static final TestCa CA = TestCa.create("test authority");
  private static final Issued CLIENT = CA.client("tunnel");

  private final SslProvider provider;
  private final TestLoops loops = new TestLoops();

  RefusedHelloTest(SslProvider provider) {
    this.provider = provider;
  }

  @AfterEach
  void close() {
    loops.close();
  }

  /** How servers look for a certificate, and fail. */
  enum Server {
    /** As those of Go do: Caddy, Traefik. */
    INTERNAL_ERROR("internal_error"),
    /** As Cloudflare's do. */
    HANDSHAKE_FAILURE("handshake_failure"),
    UNRECOGNIZED_NAME("unrecognized_name");

    private final String alert;

    Server(String alert) {
      this.alert = alert;
    }
  }

  @ParameterizedTest(name = "15 {0} in place of a ServerHello, to an unknown name")
  @EnumSource
  void unknownNameIsTold(Server server) throws Exception {
    TunnelFailure failure = refused(server, ours());
    if (server == Server.HANDSHAKE_FAILURE) {
      assertThat(failure.cause())
          .isEqualTo("the remote refused our ClientHello: handshake_failure");
      assertThat(failure.remedy())
          .isEqualTo(
              "check that it serves the name that is asked for, remote.example (see sni(...)), and"
                  + " tlsVersions(...) and tlsCiphers(...) against what it allows");
    } else {
      assertThat(failure.cause())
          .isEqualTo(
              "the remote refused our ClientHello, most likely since it does not serve the name"
                  + " that is asked for, remote.example: "
                  + server.alert);
      assertThat(failure.remedy())
          .isEqualTo("set sni(...) to a name that it serves; its log should say why");
    }
  }

  @ParameterizedTest(name = "15 {0} in place of a ServerHello, to no name")
  @EnumSource(names = {"INTERNAL_ERROR", "HANDSHAKE_FAILURE"})
  void missingNameIsTold(Server server) throws Exception {
    TunnelFailure failure = refused(server, ours().host("127.0.0.1"));
    assertThat(failure.cause())
        .isEqualTo(
            "the remote refused our ClientHello, which asks for no name, since 127.0.0.1 is an"
                + " address: "
                + server.alert);
    assertThat(failure.remedy()).startsWith("set sni(...) to a name that it serves");
  }

  @ParameterizedTest(name = "15 a default certificate, {0}")
  @ValueSource(
      strings = {
        "CN=Kubernetes Ingress Controller Fake Certificate,O=Acme Co",
        "CN=TRAEFIK DEFAULT CERT",
        "CN=NGINXIngressController",
        "CN=localhost,OU=IT Department,O=Kong,L=San Francisco,ST=California,C=US"
      })
  void defaultCertificateIsNotToBeTrusted(String subject) throws Exception {
    Issued byDefault = CertificateSpec.of(subject).dns("ingress.local").selfSigned();
    for (ServerTrust trust :
        List.of(
            ServerTrust.certificates(CA.certificates()),
            ServerTrust.certificates(byDefault.chain()))) {
      try (TlsRemote remote = TlsRemote.with(byDefault).start(loops);
          Upstream upstream = Remotes.trusting(trust, provider).at(remote.port())) {
        TunnelFailure failure = new Route(upstream, loops).failure();
        assertThat(failure.cause())
            .startsWith("the remote showed the certificate that ")
            .contains(" has for names that it does not know: CN=");
        assertThat(failure.remedy())
            .startsWith("set sni(...) to a host name of that ingress")
            .doesNotContain("trust(...)");
      }
    }
  }

  @Test
  @DisplayName("15 a SPIFFE identity alone is no name that sni(...) could ask for")
  void spiffeIdentityIsNoName() throws Exception {
    Issued workload = CA.issue(CertificateSpec.of("CN=store").uri("spiffe://corp/ns/a/sa/store"));
    try (TlsRemote remote = TlsRemote.with(workload).start(loops);
        Upstream upstream = ours().at(remote.port())) {
      TunnelFailure failure = new Route(upstream, loops).failure();
      assertThat(failure.cause())
          .isEqualTo(
              "the remote's certificate is not for remote.example, but for"
                  + " spiffe://corp/ns/a/sa/store");
      assertThat(failure.remedy())
          .isEqualTo(
              "the tunnel verifies DNS names and addresses, and no SPIFFE identity or other URI:"
                  + " the remote needs a certificate that names remote.example, too");
    }
  }

  private Remotes ours() {
    return Remotes.trusting(ServerTrust.certificates(CA.certificates()), provider)
        .clientCert(ClientCert.of(CLIENT.key(), CLIENT.chain()));
  }

  private TunnelFailure refused(Server kind, Remotes ours) throws Exception {
    CompletableFuture<Void> handshake;
    TunnelFailure failure;
    try (SSLServerSocket server = listen(kind);
        Upstream upstream = ours.at(server.getLocalPort())) {
      handshake = CompletableFuture.runAsync(() -> handshake(server));
      failure = new Route(upstream, loops).failure();
    }
    handshake.get(20, TimeUnit.SECONDS);
    assertThat(failure.stage()).isEqualTo(Stage.TLS);
    return failure;
  }

  /**
   * Refuses whoever comes: after a refusal that may be BoringSSL's fault the JDK's TLS comes, too.
   */
  private static void handshake(SSLServerSocket server) {
    boolean open = true;
    while (open) {
      try (SSLSocket socket = (SSLSocket) server.accept()) {
        socket.startHandshake();
        throw new AssertionError("the handshake succeeded");
      } catch (IOException refusedOrClosed) {
        open = refusedOrClosed instanceof SSLException;
      }
    }
  }

  private static SSLServerSocket listen(Server kind) throws Exception {
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(new KeyManager[] {new Keys(kind)}, null, null);
    SSLServerSocket server =
        (SSLServerSocket)
            context
                .getServerSocketFactory()
                .createServerSocket(0, 1, InetAddress.getLoopbackAddress());
    if (kind == Server.UNRECOGNIZED_NAME) {
      SSLParameters parameters = server.getSSLParameters();
      parameters.setSNIMatchers(List.of(SNIHostName.createSNIMatcher("elsewhere\\.example")));
      server.setSSLParameters(parameters);
    }
    return server;
  }

  /** Has no certificate for any name. */
  private static final class Keys extends X509ExtendedKeyManager {
    private final Server kind;

    Keys(Server kind) {
      this.kind = kind;
    }

    @Override
    public @Nullable String chooseServerAlias(
        String keyType, Principal @Nullable [] issuers, Socket socket) {
      if (kind == Server.INTERNAL_ERROR) {
        throw new IllegalStateException("no certificate for that name");
      }
      return null;
    }

    @Override
    public @Nullable String chooseEngineServerAlias(
        String keyType, Principal @Nullable [] issuers, SSLEngine engine) {
      return null;
    }

    @Override
    public @Nullable String chooseClientAlias(
        String[] keyType, Principal @Nullable [] issuers, Socket socket) {
      return null;
    }

    @Override
    public String[] getClientAliases(String keyType, Principal @Nullable [] issuers) {
      return new String[0];
    }

    @Override
    public String[] getServerAliases(String keyType, Principal @Nullable [] issuers) {
      return new String[0];
    }

    @Override
    public X509Certificate @Nullable [] getCertificateChain(String alias) {
      return null;
    }

    @Override
    public @Nullable PrivateKey getPrivateKey(String alias) {
      return null;
    }
  }
}
