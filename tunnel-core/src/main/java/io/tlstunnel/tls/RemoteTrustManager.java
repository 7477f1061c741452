package io.tlstunnel.tls;

import java.net.Socket;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * Judges the remote's certificate: the JDK's path validation and check of the name.
 *
 * <p>It refuses every way of being asked in which the name would go unchecked: those without an
 * engine cannot know the name, and an engine without endpoint identification would ignore it.
 */
final class RemoteTrustManager extends X509ExtendedTrustManager {
  private final X509ExtendedTrustManager jdk;

  RemoteTrustManager(X509ExtendedTrustManager jdk) {
    this.jdk = jdk;
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
      throws CertificateException {
    String identification = engine.getSSLParameters().getEndpointIdentificationAlgorithm();
    if (!"HTTPS".equals(identification)) {
      throw new CertificateException(
          "the server's name would not be checked: endpoint identification is "
              + identification
              + " (expected: HTTPS)");
    }
    jdk.checkServerTrusted(chain, authType, engine);
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket)
      throws CertificateException {
    throw nameUnchecked();
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType)
      throws CertificateException {
    throw nameUnchecked();
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
      throws CertificateException {
    throw serversOnly();
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket)
      throws CertificateException {
    throw serversOnly();
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType)
      throws CertificateException {
    throw serversOnly();
  }

  @Override
  public X509Certificate[] getAcceptedIssuers() {
    return jdk.getAcceptedIssuers();
  }

  private static CertificateException nameUnchecked() {
    return new CertificateException(
        "the server's name would not be checked: asked without a TLS engine");
  }

  private static CertificateException serversOnly() {
    return new CertificateException("ServerTrust judges servers, not clients");
  }
}
