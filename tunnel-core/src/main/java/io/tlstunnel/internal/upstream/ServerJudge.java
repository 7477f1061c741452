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

  /** A rule, and what a remote that breaks it is told. */
  private record Check(CertificateAlert alert, Rule rule) {}

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
          return fault != null
              ? fault
              : firstBroken(
                  9,
                  new Check(CertificateAlert.BAD_CERTIFICATE, () -> jdk.wrong(path, keyExchange)));
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
        new Check(CertificateAlert.CERTIFICATE_EXPIRED, () -> Validity.wrong(path, now)),
        new Check(CertificateAlert.BAD_CERTIFICATE, () -> WeakAlgorithms.wrong(path)),
        new Check(
            CertificateAlert.UNSUPPORTED_CERTIFICATE, () -> IssuerRules.wrong(path, keyExchange)),
        new Check(CertificateAlert.BAD_CERTIFICATE, () -> PathRules.wrong(path)),
        new Check(
            CertificateAlert.BAD_CERTIFICATE, () -> NameRules.wrong(path, expected.expected())),
        new Check(
            CertificateAlert.CERTIFICATE_REVOKED,
            () -> Revocation.wrong(path, revocationLists, now)),
        new Check(
            CertificateAlert.BAD_CERTIFICATE,
            () -> new CertificateNames(path.leaf()).mismatch(expected.expected())));
  }

  private static @Nullable Fault firstBroken(int kept, Check... checks) {
    for (int i = 0; i < checks.length; i++) {
      Diagnosis broken;
      try {
        broken = checks[i].rule().broken();
      } catch (RefusedServerException malformed) {
        broken = malformed.diagnosis();
      }
      if (broken != null) {
        return new Fault(kept + i, broken, checks[i].alert());
      }
    }
    return null;
  }
}
