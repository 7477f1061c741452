package io.tlstunnel.internal.upstream;

import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import javax.security.auth.x500.X500Principal;

/** The trusted certificates, to be found by their names. Immutable. */
final class TrustAnchors {
  private final Set<X509Certificate> all = new HashSet<>();
  private final Map<X500Principal, List<X509Certificate>> bySubject = new HashMap<>();

  TrustAnchors(X509Certificate... trusted) {
    for (X509Certificate anchor : trusted) {
      if (all.add(anchor)) {
        bySubject
            .computeIfAbsent(anchor.getSubjectX500Principal(), name -> new ArrayList<>())
            .add(anchor);
      }
    }
  }

  boolean contains(X509Certificate certificate) {
    return all.contains(certificate);
  }

  List<X509Certificate> named(X500Principal subject) {
    return bySubject.getOrDefault(subject, List.of());
  }
}
