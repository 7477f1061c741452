package io.tlstunnel.tests.tls;

import io.tlstunnel.TlsTunnelBuilder;

/** Whose TLS the tunnel speaks. */
enum Provider {
  BORINGSSL,
  JDK;

  /**
   * BoringSSL is the default where it loads. It has the suites of TLS 1.3 all or none, so a choice
   * among them makes the tunnel take the JDK's TLS.
   */
  TlsTunnelBuilder choose(TlsTunnelBuilder tunnel) {
    return this == BORINGSSL
        ? tunnel
        : tunnel.tlsCiphers(
            "TLS_AES_128_GCM_SHA256",
            "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
            "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256");
  }
}
