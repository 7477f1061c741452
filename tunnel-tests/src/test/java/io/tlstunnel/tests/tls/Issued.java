package io.tlstunnel.tests.tls;

import io.tlstunnel.junit.TestCert;
import java.security.KeyPair;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;

/**
 * A certificate with its keys.
 *
 * @param chain the certificate first, then its issuers without the root
 */
record Issued(List<X509Certificate> chain, KeyPair keys) {
  X509Certificate certificate() {
    return chain.get(0);
  }

  /** The same certificate, sent with others than its own issuers. */
  Issued sentWith(Issued... others) {
    List<X509Certificate> sent = new ArrayList<>(List.of(certificate()));
    for (Issued other : others) {
      sent.add(other.certificate());
    }
    return new Issued(List.copyOf(sent), keys);
  }

  /** As a backend presents it. */
  TestCert forBackend() {
    return TestCert.of(chain, keys.getPrivate());
  }
}
