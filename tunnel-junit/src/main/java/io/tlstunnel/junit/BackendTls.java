package io.tlstunnel.junit;

import io.netty.handler.codec.http2.Http2SecurityUtil;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolConfig.Protocol;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectedListenerFailureBehavior;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectorFailureBehavior;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.SupportedCipherSuiteFilter;
import io.tlstunnel.junit.fault.TlsFault;
import java.security.cert.X509Certificate;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** The TLS of a backend: as it should be, and in every way in which it can be wrong. */
final class BackendTls {
  private static final String H2 = "h2";
  private static final List<String> WEAK_CIPHERS =
      List.of("TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA", "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA");

  private final TestCa ca;
  private final ClientAuth clientAuth;
  private final String serverName;
  private final Map<TlsFault, SslContext> faulty = new EnumMap<>(TlsFault.class);
  private TestCert certificate;
  private @Nullable SslContext sound;

  BackendTls(TestCa ca, ClientAuth clientAuth, String serverName) {
    this.ca = ca;
    this.clientAuth = clientAuth;
    this.serverName = serverName;
    this.certificate = ca.server(names());
  }

  String serverName() {
    return serverName;
  }

  /** Shows another certificate from the next connection on. */
  synchronized void present(TestCert next) {
    certificate = next;
    sound = null;
  }

  /** A line for failure reports: what is shown, and what is asked of clients. */
  synchronized String summary() {
    X509Certificate shown = certificate.certificate();
    return System.lineSeparator()
        + "  certificate %s of %s, valid from %s to %s; %s"
            .formatted(
                shown.getSubjectX500Principal().getName(),
                shown.getIssuerX500Principal().getName(),
                shown.getNotBefore().toInstant(),
                shown.getNotAfter().toInstant(),
                clientAuth == ClientAuth.NONE
                    ? "clients need none"
                    : "clients need one of " + ca.root().getSubjectX500Principal().getName());
  }

  synchronized SslContext context(@Nullable TlsFault fault) {
    if (fault != null) {
      return faulty.computeIfAbsent(fault, this::wrong);
    }
    SslContext context = sound;
    if (context == null) {
      context = build(certificate, ca, alpn(H2, SelectorFailureBehavior.NO_ADVERTISE));
      sound = context;
    }
    return context;
  }

  private SslContext wrong(TlsFault fault) {
    ApplicationProtocolConfig h2 = alpn(H2, SelectorFailureBehavior.NO_ADVERTISE);
    return switch (fault) {
      case EXPIRED -> build(ca.issue().names(names()).forServer().expired().build(), ca, h2);
      case NOT_YET_VALID ->
          build(ca.issue().names(names()).forServer().notYetValid().build(), ca, h2);
      case WRONG_NAME -> build(ca.server("another-host.test"), ca, h2);
      case UNTRUSTED -> build(TestCa.create("CN=Unknown CA").server(names()), ca, h2);
      case SELF_SIGNED -> build(TestCa.selfSignedServer(names()), ca, h2);
      case MISSING_INTERMEDIATE ->
          build(
              ca.intermediate("CN=Forgotten intermediate").server(names()).withoutIntermediates(),
              ca,
              h2);
      case CLIENT_CERTIFICATE_REFUSED ->
          // The JDK's TLS, which names the reason; Netty's BoringSSL says internal_error.
          built(
              builder(certificate, TestCa.create("CN=Another client CA"))
                  .sslProvider(SslProvider.JDK)
                  .ciphers(Http2SecurityUtil.CIPHERS, SupportedCipherSuiteFilter.INSTANCE)
                  .applicationProtocolConfig(h2));
      case NO_ALPN -> build(certificate, ca, ApplicationProtocolConfig.DISABLED);
      case ONLY_HTTP_1_1 -> onlyHttp11();
      case TLS_1_0 -> only(fault, "TLSv1");
      case TLS_1_1 -> only(fault, "TLSv1.1");
      case WEAK_CIPHERS ->
          built(
              builder(certificate, ca)
                  .sslProvider(SslProvider.JDK)
                  .protocols("TLSv1.2")
                  .ciphers(WEAK_CIPHERS));
      case HANDSHAKE_STALL, HANDSHAKE_CUT -> build(certificate, ca, h2);
    };
  }

  // The JDK's TLS, because BoringSSL's cannot be told to refuse.
  private SslContext onlyHttp11() {
    return built(
        builder(certificate, ca)
            .sslProvider(SslProvider.JDK)
            .applicationProtocolConfig(
                new ApplicationProtocolConfig(
                    Protocol.ALPN,
                    SelectorFailureBehavior.FATAL_ALERT,
                    SelectedListenerFailureBehavior.FATAL_ALERT,
                    "http/1.1")));
  }

  // BoringSSL's, because the JDK has switched the old versions off.
  private SslContext only(TlsFault fault, String oldVersion) {
    try {
      return built(builder(certificate, ca).sslProvider(SslProvider.OPENSSL).protocols(oldVersion));
    } catch (UnsatisfiedLinkError e) {
      throw new IllegalStateException(
          fault + " needs netty-tcnative-boringssl-static on the class path", e);
    }
  }

  private SslContext build(TestCert shown, TestCa clients, ApplicationProtocolConfig alpn) {
    return built(
        builder(shown, clients)
            .ciphers(Http2SecurityUtil.CIPHERS, SupportedCipherSuiteFilter.INSTANCE)
            .applicationProtocolConfig(alpn));
  }

  private SslContext built(SslContextBuilder builder) {
    try {
      return builder.build();
    } catch (SSLException e) {
      throw new IllegalStateException("TLS of " + serverName + " cannot be set up", e);
    }
  }

  private SslContextBuilder builder(TestCert shown, TestCa clients) {
    return (shown.isOdd()
            ? SslContextBuilder.forServer(new OddKeyManager(shown))
            : SslContextBuilder.forServer(shown.privateKey(), shown.chain()))
        .trustManager(clients.root())
        .clientAuth(clientAuth);
  }

  private static ApplicationProtocolConfig alpn(
      String protocol, SelectorFailureBehavior withoutOverlap) {
    return new ApplicationProtocolConfig(
        Protocol.ALPN, withoutOverlap, SelectedListenerFailureBehavior.ACCEPT, protocol);
  }

  private String[] names() {
    return new String[] {serverName, "localhost", Loopback.HOST};
  }
}
