package io.tlstunnel.internal.upstream;

import io.tlstunnel.tls.ServerTrust;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Judges a remote's certificate chain before the JDK does, for two reasons: where the JDK is lax
 * (docs/tls.md has the list), and to say what is wrong in words that help.
 */
final class ServerJudge {
  private final TrustAnchors anchors;
  private final List<X509CRL> revocationLists;
  private final ServerName expected;

  ServerJudge(ServerTrust trust, ServerName expected) {
    this.anchors = new TrustAnchors(trust.trustManager().getAcceptedIssuers());
    this.revocationLists = trust.revocationLists();
    this.expected = expected;
  }

  /**
   * Judges the chain as the remote sent it, its own certificate first.
   *
   * @throws RefusedServerException with the diagnosis
   */
  void judge(X509Certificate[] chain) throws RefusedServerException {
    Instant now = Instant.now();
    TrustPath path = PathSearch.find(chain, anchors, now);
    refuseIf(Validity.wrong(path, now));
    refuseIf(WeakAlgorithms.wrong(path));
    refuseIf(IssuerRules.wrong(path));
    refuseIf(PathRules.wrong(path));
    refuseIf(Revocation.wrong(path, revocationLists, now));
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
    TrustPath path = PathSearch.findAgain(chain, anchors, now);
    refuseIf(Validity.wrong(path, now));
    refuseIf(Revocation.wrong(path, revocationLists, now));
  }

  private static void refuseIf(@Nullable Diagnosis wrong) throws RefusedServerException {
    if (wrong != null) {
      throw new RefusedServerException(wrong);
    }
  }
}
