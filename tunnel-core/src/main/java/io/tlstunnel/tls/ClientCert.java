package io.tlstunnel.tls;

import java.nio.file.Path;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.List;

/** The certificate chain and private key that the tunnel shows to the remote. */
public final class ClientCert {
  private final PrivateKey key;
  private final List<X509Certificate> chain;

  private ClientCert(PrivateKey key, List<X509Certificate> chain) {
    this.key = key;
    this.chain = chain;
  }

  public static ClientCert pem(Path chain, Path key) {
    throw new UnsupportedOperationException();
  }

  public static ClientCert pem(Path chain, Path key, String password) {
    throw new UnsupportedOperationException();
  }

  public static ClientCert keyStore(KeyStore store, String password) {
    throw new UnsupportedOperationException();
  }

  public static ClientCert of(PrivateKey key, List<X509Certificate> chain) {
    return new ClientCert(key, chain);
  }

  public PrivateKey privateKey() {
    return key;
  }

  public List<X509Certificate> chain() {
    return chain;
  }
}
