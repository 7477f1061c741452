package io.tlstunnel.internal.upstream;

import io.netty.handler.ssl.ReferenceCountedOpenSslEngine;
import javax.net.ssl.SSLEngine;

/** Names who speaks TLS on a connection, for a person. */
public final class TlsLibrary {
  private static final String JDK = "the JDK's TLS";

  private TlsLibrary() {}

  /** BoringSSL, or the JDK's TLS; with the reason, if this JVM cannot use BoringSSL. */
  public static String of(SSLEngine engine) {
    String missing = TlsProvider.missing();
    if (!missing.isEmpty()) {
      return JDK + " (BoringSSL cannot be used: " + missing + ")";
    }
    return engine instanceof ReferenceCountedOpenSslEngine ? "BoringSSL" : JDK;
  }
}
