package io.tlstunnel.internal.upstream;

import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import javax.security.auth.x500.X500Principal;
import org.jspecify.annotations.Nullable;

/**
 * Looks for a way from the remote's certificate to a trusted one, over the certificates that the
 * remote sent. A trusted issuer is preferred to one that was sent, and one that is valid now to one
 * that is not, so that cross-signed and renewed authorities do no harm.
 *
 * <p>Of a search that found nothing it tells how far it got, for the diagnosis.
 */
final class PathSearch {
  /** What the JDK's own TLS takes by default; of a longer chain BoringSSL gives the beginning. */
  private static final int MAX_CERTIFICATES = 10;

  /** Certificates that name each other in circles could be walked for ever. */
  private static final int MAX_SIGNATURES = 100;

  private final List<X509Certificate> chain;
  private final TrustAnchors anchors;
  private final boolean proven;
  private final Instant now;
  private final Deque<X509Certificate> path = new ArrayDeque<>();

  private @Nullable TrustPath outdated;
  private X509Certificate furthest;
  private int mostSteps;
  private boolean impostor;
  private @Nullable Diagnosis unusableKey;
  private int signatures;

  private PathSearch(X509Certificate[] chain, TrustAnchors anchors, boolean proven, Instant now) {
    this.chain = Arrays.asList(chain);
    this.anchors = anchors;
    this.proven = proven;
    this.now = now;
    this.furthest = chain[0];
  }

  /**
   * Finds a way, each step of it proven by the issuer's signature.
   *
   * @throws RefusedServerException if there is none
   */
  static TrustPath find(X509Certificate[] chain, TrustAnchors anchors, Instant now)
      throws RefusedServerException {
    return new PathSearch(chain, anchors, false, now).run();
  }

  /** Finds the way again in a chain in which it has been found before. */
  static TrustPath findAgain(X509Certificate[] chain, TrustAnchors anchors, Instant now)
      throws RefusedServerException {
    return new PathSearch(chain, anchors, true, now).run();
  }

  private TrustPath run() throws RefusedServerException {
    X509Certificate leaf = chain.get(0);
    if (anchors.contains(leaf)) {
      return new TrustPath(List.of(leaf), leaf);
    }
    path.addLast(leaf);
    TrustPath found = extend(leaf);
    if (found == null) {
      found = outdated;
    }
    if (found != null) {
      return found;
    }
    if (unusableKey != null) {
      throw new RefusedServerException(unusableKey);
    }
    if (impostor) {
      throw new RefusedServerException(CertificateDiagnosis.impostor(furthest));
    }
    throw new RefusedServerException(
        chain.size() >= MAX_CERTIFICATES
            ? CertificateDiagnosis.endless()
            : CertificateDiagnosis.unknownIssuer(leaf, furthest));
  }

  private @Nullable TrustPath extend(X509Certificate last) {
    X500Principal issuer = last.getIssuerX500Principal();
    boolean named = false;
    boolean signed = false;
    for (X509Certificate anchor : anchors.named(issuer)) {
      named = true;
      if (isSigned(last, anchor)) {
        signed = true;
        TrustPath found = new TrustPath(List.copyOf(path), anchor);
        if (Validity.isValid(anchor, now)) {
          return found;
        }
        outdated = outdated == null ? found : outdated;
      }
    }
    for (X509Certificate sent : chain) {
      if (sent.getSubjectX500Principal().equals(issuer) && !path.contains(sent)) {
        named = true;
        if (!isSigned(last, sent)) {
          Diagnosis weak = WeakAlgorithms.weakKey("the remote's certificate ", sent);
          unusableKey = unusableKey == null ? weak : unusableKey;
        } else {
          signed = true;
          path.addLast(sent);
          TrustPath found = extend(sent);
          path.removeLast();
          if (found != null) {
            return found;
          }
        }
      }
    }
    if (!signed && path.size() > mostSteps) {
      mostSteps = path.size();
      furthest = last;
      impostor = named;
    }
    return null;
  }

  private boolean isSigned(X509Certificate certificate, X509Certificate issuer) {
    if (proven) {
      return true;
    }
    if (++signatures > MAX_SIGNATURES) {
      return false;
    }
    try {
      certificate.verify(issuer.getPublicKey());
      return true;
    } catch (GeneralSecurityException | RuntimeException e) {
      // An issuer of the same name with another key, or one of a kind that the JDK does not know.
      return false;
    }
  }
}
