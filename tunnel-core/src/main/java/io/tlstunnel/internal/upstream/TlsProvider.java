package io.tlstunnel.internal.upstream;

import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.SslProvider;
import io.tlstunnel.internal.runtime.NativeFailure;
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
    if (!Native.MISSING.isEmpty()) {
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

  /**
   * Makes the TLS client with what {@link #choose} chose, or with the JDK's TLS if that clashes.
   */
  static TlsClient client(
      UpstreamOptions options, ServerName serverName, SslProvider chosen, RouteWitness witness) {
    try {
      TlsClient client = new TlsClient(options, serverName, chosen, witness);
      client.tryOut();
      return client;
    } catch (LinkageError clash) {
      if (chosen == SslProvider.JDK) {
        throw new IllegalStateException(
            "TLS cannot be set up: the Netty jars on the path do not fit together (take those of"
                + " one netty-bom)",
            clash);
      }
      Native.warn(clash);
      return new TlsClient(options, serverName, SslProvider.JDK, witness);
    }
  }

  /** Why BoringSSL is not used in this JVM; empty if it can be. */
  static String missing() {
    return Native.MISSING;
  }

  /** Loads the library, and complains of its absence, once per JVM. */
  private static final class Native {
    static final String MISSING = missing();

    static {
      if (!MISSING.isEmpty()) {
        LOG.warn(
            "BoringSSL (netty-tcnative) cannot be used: {}; using the JDK's TLS, which costs more"
                + " CPU",
            MISSING);
      }
    }

    private static String missing() {
      Throwable why;
      try {
        why = OpenSsl.unavailabilityCause();
      } catch (LinkageError clash) {
        why = clash;
      }
      if (why == null) {
        return "";
      }
      return NativeFailure.isAbsent(why) && TlsProvider.class.getModule().isNamed()
          ? "its modules are not resolved (add --add-modules with io.netty.tcnative.classes.openssl"
              + " and the module of the native jar, such as"
              + " io.netty.internal.tcnative.openssl.linux.x86_64, to java; an image of jlink needs"
              + " them too, and the option when the image is run)"
          : NativeFailure.of(why);
    }

    static void warn(LinkageError clash) {
      LOG.warn(
          "BoringSSL (netty-tcnative) clashes with Netty: {}; using the JDK's TLS, which costs more"
              + " CPU",
          NativeFailure.of(clash));
    }
  }
}
