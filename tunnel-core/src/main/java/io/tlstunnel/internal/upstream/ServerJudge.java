package io.tlstunnel.internal.upstream;

import io.tlstunnel.internal.upstream.PathSearch.Fault;
import io.tlstunnel.tls.ServerTrust;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Judges a remote's certificate chain by RFC 5280 and RFC 9525, and then asks the JDK, which may
 * refuse what this accepts, but not the reverse.
 */
final class ServerJudge {
  private final TrustAnchors anchors;
  private final List<X509CRL> revocationLists;
  private final ServerName expected;
  private final JdkOpinion jdk;

  /** One of the things that must be in order. */
  private interface Rule {
    @Nullable Diagnosis broken() throws RefusedServerException;
  }

  ServerJudge(ServerTrust trust, ServerName expected) {
    X509Certificate[] trusted = trust.trustManager().getAcceptedIssuers();
    this.anchors = new TrustAnchors(trusted);
    this.jdk = new JdkOpinion(trusted);
    this.revocationLists = trust.revocationLists();
    this.expected = expected;
  }

  /**
   * Judges the chain as the remote sent it, its own certificate first.
   *
   * @param keyExchange what the certificate is used for, as {@code X509TrustManager} has it
   * @throws RefusedServerException with the diagnosis
   */
  void judge(List<X509Certificate> chain, String keyExchange) throws RefusedServerException {
    Instant now = Instant.now();
    PathSearch.find(
        chain,
        anchors,
        now,
        path -> {
          Fault fault = ownRules(path, keyExchange, now);
          return fault != null ? fault : firstBroken(9, () -> jdk.wrong(path, keyExchange));
        });
  }

  /**
   * Judges a chain again that was accepted earlier: a resumed TLS session shows none, and must not
   * outlive its certificates.
   *
   * @throws RefusedServerException with the diagnosis
   */
  void judgeAgain(List<X509Certificate> chain, String keyExchange) throws RefusedServerException {
    Instant now = Instant.now();
    PathSearch.find(chain, anchors, now, path -> ownRules(path, keyExchange, now));
  }

  /** In the order in which faults are told: what a path keeps more of is the better path. */
  private @Nullable Fault ownRules(TrustPath path, String keyExchange, Instant now) {
    return firstBroken(
        0,
        () -> Validity.wrong(path, now),
        () -> WeakAlgorithms.wrong(path),
        () -> IssuerRules.wrong(path, keyExchange),
        () -> PathRules.wrong(path),
        () -> NameRules.wrong(path, expected.expected()),
        () -> Revocation.wrong(path, revocationLists, now),
        () -> new CertificateNames(path.leaf()).mismatch(expected.expected()));
  }

  private static @Nullable Fault firstBroken(int kept, Rule... rules) {
    for (int i = 0; i < rules.length; i++) {
      Diagnosis broken;
      try {
        broken = rules[i].broken();
      } catch (RefusedServerException malformed) {
        broken = malformed.diagnosis();
      }
      if (broken != null) {
        return new Fault(kept + i, broken);
      }
    }
    return null;
  }
}
