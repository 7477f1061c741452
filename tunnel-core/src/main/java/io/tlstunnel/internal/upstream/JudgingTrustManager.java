package io.tlstunnel.internal.upstream;

import io.netty.handler.ssl.OpenSslCertificateException;
import io.netty.handler.ssl.SslProvider;
import java.net.Socket;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * Accepts a remote's chain if {@link ServerJudge} does. A refusal is put into words here, while the
 * chain is at hand: both TLS providers later give no more than the exception. Whoever asks without
 * an engine is left to the trust that was configured, which refuses to judge without a name.
 */
final class JudgingTrustManager extends X509ExtendedTrustManager {
  private final X509ExtendedTrustManager trust;
  private final ServerJudge judge;
  private final RouteWitness witness;
  private final SslProvider provider;

  JudgingTrustManager(
      X509ExtendedTrustManager trust,
      ServerJudge judge,
      RouteWitness witness,
      SslProvider provider) {
    this.trust = trust;
    this.judge = judge;
    this.witness = witness;
    this.provider = provider;
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
      throws CertificateException {
    HandshakeNotes.noteChain();
    try {
      judge(RemoteChain.read(chain), authType);
    } catch (RefusedServerException refused) {
      throw withAlert(refused);
    }
  }

  private void judge(List<X509Certificate> shown, String authType) throws RefusedServerException {
    try {
      judge.judge(shown, authType);
    } catch (RefusedServerException refused) {
      witness.chainJudged(shown, false);
      throw refused;
    }
    witness.chainJudged(shown, true);
  }

  /** As the TLS library has to be told it, so that the remote reads the right alert. */
  private CertificateException withAlert(RefusedServerException refused) {
    return provider == SslProvider.JDK
        ? refused
        : new OpenSslCertificateException(
            refused.getMessage(), refused, refused.alert().verifyResult());
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket)
      throws CertificateException {
    trust.checkServerTrusted(chain, authType, socket);
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType)
      throws CertificateException {
    trust.checkServerTrusted(chain, authType);
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
      throws CertificateException {
    trust.checkClientTrusted(chain, authType, engine);
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket)
      throws CertificateException {
    trust.checkClientTrusted(chain, authType, socket);
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType)
      throws CertificateException {
    trust.checkClientTrusted(chain, authType);
  }

  @Override
  public X509Certificate[] getAcceptedIssuers() {
    return trust.getAcceptedIssuers();
  }
}
