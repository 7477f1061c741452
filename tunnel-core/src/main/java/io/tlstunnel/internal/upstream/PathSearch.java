package io.tlstunnel.internal.upstream;

import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import javax.security.auth.x500.X500Principal;
import org.jspecify.annotations.Nullable;

/**
 * Looks for a way from the remote's certificate to a trusted one, over the certificates that the
 * remote sent, until one is in order. Certificates that are valid now and trusted ones are tried
 * first; all others after them, so that cross-signed and renewed authorities do no harm in
 * whichever order they come.
 *
 * <p>If there is no such way, it tells what is wrong with the one that got furthest.
 */
final class PathSearch {
  /** What is wrong with a path, how many rules it had kept, and what the remote is told. */
  record Fault(int rulesKept, Diagnosis diagnosis, CertificateAlert alert) {}

  /** Holds a path against the rules. */
  interface Rules {
    @Nullable Fault firstBroken(TrustPath path);
  }

  /** What the JDK's own TLS takes by default; of a longer chain BoringSSL gives the beginning. */
  private static final int MAX_CERTIFICATES = 10;

  /** A remote that sends a maze must not keep a loop busy: each costs up to a millisecond. */
  private static final int MAX_SIGNATURES = 100;

  /** 9 certificates can be put in as many rows; three levels of three make 27. */
  private static final int MAX_WAYS = 100;

  private record Link(X509Certificate certificate, X509Certificate issuer) {}

  private final List<X509Certificate> chain;
  private final TrustAnchors anchors;
  private final Rules rules;
  private final Comparator<X509Certificate> validFirst;
  private final Deque<X509Certificate> path = new ArrayDeque<>();
  private final Map<Link, Boolean> signatures = new HashMap<>();

  private @Nullable Fault best;
  private X509Certificate furthest;
  private int mostSteps;
  private boolean impostor;
  private @Nullable Diagnosis unusableKey;
  private int ways;

  private PathSearch(List<X509Certificate> chain, TrustAnchors anchors, Instant now, Rules rules) {
    this.chain = chain;
    this.anchors = anchors;
    this.rules = rules;
    this.furthest = chain.get(0);
    validFirst = Comparator.comparing(certificate -> !Validity.isValid(certificate, now));
  }

  /**
   * Finds a way, each step of it proven by the issuer's signature, that keeps all rules.
   *
   * @throws RefusedServerException if there is none
   */
  static void find(List<X509Certificate> chain, TrustAnchors anchors, Instant now, Rules rules)
      throws RefusedServerException {
    PathSearch search = new PathSearch(chain, anchors, now, rules);
    if (!search.isFound()) {
      throw search.refusal();
    }
  }

  private boolean isFound() {
    X509Certificate leaf = chain.get(0);
    if (anchors.contains(leaf) && isInOrder(new TrustPath(List.of(leaf), leaf))) {
      return true;
    }
    path.addLast(leaf);
    return extend(leaf);
  }

  private RefusedServerException refusal() {
    if (best != null) {
      return new RefusedServerException(best.diagnosis(), best.alert());
    }
    if (unusableKey != null) {
      return new RefusedServerException(unusableKey, CertificateAlert.BAD_CERTIFICATE);
    }
    return new RefusedServerException(noWay(), CertificateAlert.UNKNOWN_CA);
  }

  private Diagnosis noWay() {
    if (impostor) {
      return CertificateDiagnosis.impostor(furthest);
    }
    return chain.size() >= MAX_CERTIFICATES
        ? CertificateDiagnosis.endless()
        : CertificateDiagnosis.unknownIssuer(chain.get(0), furthest);
  }

  private boolean isInOrder(TrustPath way) {
    ways++;
    Fault fault = rules.firstBroken(way);
    if (fault != null && (best == null || best.rulesKept() < fault.rulesKept())) {
      best = fault;
    }
    return fault == null;
  }

  private boolean extend(X509Certificate last) {
    boolean named = false;
    boolean signed = false;
    for (X509Certificate anchor : sorted(anchors.named(last.getIssuerX500Principal()))) {
      named = true;
      if (isSigned(last, anchor)) {
        signed = true;
        if (ways < MAX_WAYS && isInOrder(new TrustPath(List.copyOf(path), anchor))) {
          return true;
        }
      }
    }
    for (X509Certificate sent : sorted(named(last.getIssuerX500Principal()))) {
      named = true;
      if (!isSigned(last, sent)) {
        Diagnosis weak = WeakAlgorithms.weakKey("the remote's certificate ", sent);
        unusableKey = unusableKey == null ? weak : unusableKey;
      } else {
        signed = true;
        path.addLast(sent);
        boolean found = ways < MAX_WAYS && extend(sent);
        path.removeLast();
        if (found) {
          return true;
        }
      }
    }
    if (!signed) {
      deadEnd(last, named);
    }
    return false;
  }

  private void deadEnd(X509Certificate last, boolean named) {
    ways++;
    if (path.size() > mostSteps) {
      mostSteps = path.size();
      furthest = last;
      impostor = named;
    }
  }

  /** Those of a name that were sent, without what has been passed: it would be a circle. */
  private List<X509Certificate> named(X500Principal name) {
    return chain.stream()
        .filter(sent -> sent.getSubjectX500Principal().equals(name))
        .filter(sent -> path.stream().noneMatch(passed -> isSameHolder(passed, sent)))
        .toList();
  }

  private static boolean isSameHolder(X509Certificate one, X509Certificate other) {
    return one.getSubjectX500Principal().equals(other.getSubjectX500Principal())
        && one.getPublicKey().equals(other.getPublicKey());
  }

  private List<X509Certificate> sorted(List<X509Certificate> candidates) {
    List<X509Certificate> sorted = new ArrayList<>(candidates);
    sorted.sort(validFirst);
    return sorted;
  }

  private boolean isSigned(X509Certificate certificate, X509Certificate issuer) {
    Link link = new Link(certificate, issuer);
    Boolean known = signatures.get(link);
    if (known == null) {
      known = signatures.size() < MAX_SIGNATURES && verify(certificate, issuer);
      signatures.put(link, known);
    }
    return known;
  }

  private static boolean verify(X509Certificate certificate, X509Certificate issuer) {
    try {
      certificate.verify(issuer.getPublicKey());
      return true;
    } catch (GeneralSecurityException | RuntimeException e) {
      // An issuer of the same name with another key, or one of a kind that the JDK does not know.
      return false;
    }
  }
}
