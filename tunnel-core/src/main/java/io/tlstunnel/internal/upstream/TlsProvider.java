package io.tlstunnel.internal.upstream;

import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.SslProvider;
import java.security.PrivateKey;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Chooses who speaks TLS: BoringSSL where its native library loads, else the JDK. */
final class TlsProvider {
  private static final Logger LOG = LoggerFactory.getLogger(TlsProvider.class);

  private static final Set<String> TLS_1_3_CIPHERS =
      Set.of("TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256");

  private static final AtomicBoolean SAID = new AtomicBoolean();

  private TlsProvider() {}

  static SslProvider choose(@Nullable PrivateKey key, List<String> ciphers) {
    if (!Native.LOADS) {
      return SslProvider.JDK;
    }
    if (key != null && key.getEncoded() == null) {
      // A key inside a hardware token: only the JDK's own TLS can ask the token to sign.
      return SslProvider.JDK;
    }
    if (key != null && !OwnKey.suitsBoringSsl(key)) {
      if (SAID.compareAndSet(false, true)) {
        LOG.info(
            "the client certificate's key is of a kind that BoringSSL does not sign with"
                + " (RSASSA-PSS, Ed448): using the JDK's TLS, which costs more CPU");
      }
      return SslProvider.JDK;
    }
    if (!Collections.disjoint(ciphers, TLS_1_3_CIPHERS) && !ciphers.containsAll(TLS_1_3_CIPHERS)) {
      // BoringSSL has the TLS 1.3 suites all or none, and would ignore a choice among them.
      return SslProvider.JDK;
    }
    return SslProvider.OPENSSL_REFCNT;
  }

  /** Loads the library, and complains of its absence, once per JVM. */
  private static final class Native {
    static final boolean LOADS = OpenSsl.isAvailable();

    static {
      if (!LOADS) {
        LOG.warn(
            "BoringSSL (netty-tcnative) cannot be used: {}; using the JDK's TLS, which costs more"
                + " CPU",
            OpenSsl.unavailabilityCause().toString());
      }
    }
  }
}
