package io.tlstunnel.testpki;

import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.List;

/**
 * A certificate with its key.
 *
 * @param chain the certificate first, then its issuers without the root
 */
public record Issued(PrivateKey key, List<X509Certificate> chain) {
  /** The certificate itself. */
  public X509Certificate certificate() {
    return chain.get(0);
  }
}
