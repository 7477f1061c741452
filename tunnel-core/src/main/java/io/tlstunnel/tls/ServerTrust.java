package io.tlstunnel.tls;

import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.Collection;
import javax.net.ssl.X509ExtendedTrustManager;

/** Whose certificates the tunnel accepts from the remote. */
public final class ServerTrust {
  private ServerTrust() {}

  public static ServerTrust system() {
    throw new UnsupportedOperationException();
  }

  public static ServerTrust pem(Path authorities) {
    throw new UnsupportedOperationException();
  }

  public static ServerTrust certificates(Collection<X509Certificate> authorities) {
    throw new UnsupportedOperationException();
  }

  public static ServerTrust keyStore(KeyStore store) {
    throw new UnsupportedOperationException();
  }

  public X509ExtendedTrustManager trustManager() {
    throw new UnsupportedOperationException();
  }
}
