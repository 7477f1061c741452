package io.tlstunnel.internal.upstream;

import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.handler.codec.http2.Http2SecurityUtil;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.OpenSslContextOption;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.SupportedCipherSuiteFilter;
import io.netty.util.ReferenceCountUtil;
import java.security.NoSuchAlgorithmException;
import java.security.cert.CertificateException;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes the TLS handler of each connection from one context, whose sessions they share.
 *
 * <p>Every attempt holds a share in the context, so the owner may give up its own while attempts
 * are under way. Handlers that were made live on by themselves.
 */
final class TlsClient {
  private static final List<String> VERSIONS = List.of("TLSv1.3", "TLSv1.2");

  private static final Logger LOG = LoggerFactory.getLogger(TlsClient.class);

  private final UpstreamOptions options;
  private final RouteWitness witness;
  private final SslProvider provider;
  private final SslContext context;
  private final AtomicInteger shares = new AtomicInteger(1);
  private final ServerName serverName;
  private final ServerJudge judge;
  private final int port;
  private final TlsGroups groups;

  private @Nullable TlsClient byJdk;
  private volatile TlsClient preferred = this;

  TlsClient(
      UpstreamOptions options, ServerName serverName, SslProvider provider, RouteWitness witness) {
    this.options = options;
    this.witness = witness;
    this.provider = provider;
    this.serverName = serverName;
    judge = new ServerJudge(options.trust(), serverName);
    this.port = options.port();
    for (String version : options.tlsVersions()) {
      if (!VERSIONS.contains(version)) {
        throw new IllegalArgumentException(
            "tlsVersions: " + version + " (expected: TLSv1.2, TLSv1.3)");
      }
    }
    checkCiphers(options.tlsCiphers(), provider);
    groups = new TlsGroups(options.tlsGroups(), provider);
    SslContextBuilder builder =
        SslContextBuilder.forClient()
            .sslProvider(provider)
            .trustManager(
                new JudgingTrustManager(options.trust().trustManager(), judge, witness, provider))
            .protocols(options.tlsVersions().isEmpty() ? VERSIONS : options.tlsVersions())
            .applicationProtocolConfig(
                new ApplicationProtocolConfig(
                    ApplicationProtocolConfig.Protocol.ALPN,
                    ApplicationProtocolConfig.SelectorFailureBehavior.NO_ADVERTISE,
                    ApplicationProtocolConfig.SelectedListenerFailureBehavior.ACCEPT,
                    ApplicationProtocolNames.HTTP_2));
    if (options.tlsCiphers().isEmpty()) {
      builder.ciphers(Http2SecurityUtil.CIPHERS, SupportedCipherSuiteFilter.INSTANCE);
    } else {
      builder.ciphers(options.tlsCiphers());
    }
    if (groups.isChosen() && provider != SslProvider.JDK) {
      builder.option(OpenSslContextOption.GROUPS, groups.names());
    }
    if (options.clientCert() != null) {
      builder.keyManager(new OneIdentity(options.clientCert(), provider == SslProvider.JDK));
    }
    try {
      context = builder.build();
    } catch (SSLException e) {
      throw new IllegalArgumentException("TLS cannot be set up: " + e.getMessage(), e);
    }
  }

  /**
   * Takes a share in the context, to be given back by {@link #release}.
   *
   * @throws IllegalStateException if the last share has been given back
   */
  void retain() {
    int seen;
    do {
      seen = shares.get();
      if (seen == 0) {
        throw new IllegalStateException("the upstream is closed");
      }
    } while (!shares.compareAndSet(seen, seen + 1));
  }

  void release() {
    if (shares.decrementAndGet() == 0) {
      ReferenceCountUtil.release(context);
      synchronized (this) {
        if (byJdk != null) {
          byJdk.release();
        }
      }
    }
  }

  /** Who speaks TLS on a new connection. */
  TlsClient preferred() {
    return preferred;
  }

  /**
   * The same by the JDK's TLS, which verifies more kinds of keys than BoringSSL does; null if this
   * is the JDK's, or if that one cannot do what was asked for.
   */
  synchronized @Nullable TlsClient byJdk() {
    if (provider == SslProvider.JDK) {
      return null;
    }
    if (byJdk == null) {
      try {
        byJdk = new TlsClient(options, serverName, SslProvider.JDK, witness);
      } catch (IllegalArgumentException lacksAnOption) {
        return null;
      }
    }
    return byJdk;
  }

  /** The remote does not come to terms with BoringSSL, and has done so with this. */
  void prefer(TlsClient other) {
    if (preferred != other) {
      preferred = other;
      LOG.info(
          "{} has a key that BoringSSL does not verify (Ed25519, Ed448, RSASSA-PSS, or P-521 in TLS"
              + " 1.3): using the JDK's TLS for it",
          options.remote());
    }
  }

  /** Makes an engine, in which classes of other versions would be missed. */
  void tryOut() {
    ReferenceCountUtil.release(
        context.newEngine(PooledByteBufAllocator.DEFAULT, serverName.expected(), port));
  }

  /** A handler that begins its handshake as soon as it is added to an active channel. */
  SslHandler newHandler(ByteBufAllocator allocator) {
    SslHandler handler = context.newHandler(allocator, serverName.expected(), port);
    SSLEngine engine = handler.engine();
    SSLParameters parameters = engine.getSSLParameters();
    // Said aloud: Netty 4.1 leaves the name unchecked otherwise, and neither line sends SNI for a
    // name without a dot.
    parameters.setEndpointIdentificationAlgorithm("HTTPS");
    parameters.setServerNames(serverName.indication());
    if (provider == SslProvider.JDK) {
      groups.applyTo(parameters);
    }
    engine.setSSLParameters(parameters);
    // The attempt has a deadline of its own, for all of its steps together.
    handler.setHandshakeTimeoutMillis(0);
    return handler;
  }

  /**
   * Judges the remote of a finished handshake once more: if a session was resumed, nobody has been
   * asked about its certificates this time.
   *
   * @throws CertificateException if they are not valid any more
   */
  void judgeAgain(SSLSession session) throws CertificateException {
    try {
      // The JDK names the key exchange in the same way where it asks a trust manager.
      String suite = session.getCipherSuite();
      judge.judgeAgain(
          RemoteChain.read(session.getPeerCertificates()),
          suite.startsWith("TLS_RSA_") ? IssuerRules.RSA_KEY_EXCHANGE : "UNKNOWN");
    } catch (SSLPeerUnverifiedException e) {
      throw new CertificateException("the remote showed no certificate", e);
    }
  }

  private static void checkCiphers(List<String> ciphers, SslProvider provider) {
    Set<String> known =
        provider == SslProvider.JDK ? jdkCiphers() : OpenSsl.availableJavaCipherSuites();
    for (String cipher : ciphers) {
      if (!known.contains(cipher)) {
        throw new IllegalArgumentException(
            "tlsCiphers: "
                + cipher
                + " (expected: the IANA name of a suite that this TLS provider has, such as"
                + " TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256)");
      }
    }
  }

  private static Set<String> jdkCiphers() {
    try {
      return Set.of(SSLContext.getDefault().getSupportedSSLParameters().getCipherSuites());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has a default TLS context", e);
    }
  }
}
