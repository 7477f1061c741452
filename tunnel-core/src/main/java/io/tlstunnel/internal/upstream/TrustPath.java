package io.tlstunnel.internal.upstream;

import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;

/**
 * The way from the remote's certificate to one that is trusted.
 *
 * @param sent the remote's certificate first, then its issuers, the trusted one not among them
 * @param anchor the trusted certificate that issued the last of them, or is the remote's own
 */
record TrustPath(List<X509Certificate> sent, X509Certificate anchor) {
  /** The remote's own certificate is trusted, not whoever issued it. */
  boolean pinned() {
    return sent.get(0).equals(anchor);
  }

  X509Certificate leaf() {
    return sent.get(0);
  }

  /** Everything above the remote's certificate, the trusted one last. */
  List<X509Certificate> issuers() {
    if (pinned()) {
      return List.of();
    }
    List<X509Certificate> issuers = new ArrayList<>(sent.subList(1, sent.size()));
    issuers.add(anchor);
    return issuers;
  }
}
