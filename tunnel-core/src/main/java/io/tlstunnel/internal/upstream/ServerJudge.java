package io.tlstunnel.internal.upstream;

import java.security.cert.X509Certificate;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Judges a remote's certificate chain before the JDK does, for two reasons: where the JDK is lax
 * (docs/tls.md has the list), and to say what is wrong in words that help.
 */
final class ServerJudge {
  /** What the JDK's own TLS takes by default; BoringSSL has no such limit. */
  private static final int MAX_CERTIFICATES = 10;

  private final TrustAnchors anchors;
  private final ServerName expected;

  ServerJudge(X509Certificate[] trusted, ServerName expected) {
    this.anchors = new TrustAnchors(trusted);
    this.expected = expected;
  }

  /**
   * Judges the chain as the remote sent it, its own certificate first.
   *
   * @throws RefusedServerException with the diagnosis
   */
  void judge(X509Certificate[] chain) throws RefusedServerException {
    Instant now = Instant.now();
    if (chain.length > MAX_CERTIFICATES) {
      throw new RefusedServerException(CertificateDiagnosis.tooLong(chain.length));
    }
    TrustPath path = PathSearch.find(chain, anchors, now);
    refuseIf(Validity.wrong(path, now));
    refuseIf(WeakAlgorithms.wrong(path));
    refuseIf(IssuerRules.wrong(path));
    refuseIf(PathRules.wrong(path));
    CertificateNames names = new CertificateNames(path.leaf());
    if (!names.include(expected.expected())) {
      throw new RefusedServerException(names.mismatch(expected.expected()));
    }
  }

  /**
   * Judges a chain again that was accepted earlier: a resumed TLS session shows none, and must not
   * outlive its certificates.
   *
   * @throws RefusedServerException with the diagnosis
   */
  void judgeAgain(X509Certificate[] chain) throws RefusedServerException {
    Instant now = Instant.now();
    refuseIf(Validity.wrong(PathSearch.findAgain(chain, anchors, now), now));
  }

  private static void refuseIf(@Nullable Diagnosis wrong) throws RefusedServerException {
    if (wrong != null) {
      throw new RefusedServerException(wrong);
    }
  }
}
