package io.tlstunnel.internal.upstream;

import io.tlstunnel.tls.ClientCert;
import java.net.Socket;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedKeyManager;
import org.jspecify.annotations.Nullable;

/**
 * Shows our one certificate whenever the remote asks for any.
 *
 * <p>The JDK's key managers show nothing at all if the remote's list of authorities lacks our
 * issuer, and the remote then complains of a missing certificate: a false trail. The remote is to
 * judge what was configured.
 */
final class OneIdentity extends X509ExtendedKeyManager {
  private static final String ALIAS = "client";

  private final ClientCert cert;
  private final boolean typesAreKnown;

  /**
   * @param typesAreKnown whether the TLS library says which kinds of keys the remote takes
   */
  OneIdentity(ClientCert cert, boolean typesAreKnown) {
    this.cert = cert;
    this.typesAreKnown = typesAreKnown;
  }

  @Override
  public String chooseEngineClientAlias(
      String[] keyTypes, Principal @Nullable [] issuers, SSLEngine engine) {
    HandshakeNotes.noteRequest(keyTypes, cert.privateKey().getAlgorithm(), typesAreKnown);
    return ALIAS;
  }

  @Override
  public String chooseClientAlias(
      String[] keyTypes, Principal @Nullable [] issuers, Socket socket) {
    return ALIAS;
  }

  @Override
  public String[] getClientAliases(String keyType, Principal @Nullable [] issuers) {
    return new String[] {ALIAS};
  }

  @Override
  public X509Certificate[] getCertificateChain(String alias) {
    return cert.chain().toArray(new X509Certificate[0]);
  }

  @Override
  public PrivateKey getPrivateKey(String alias) {
    return cert.privateKey();
  }

  @Override
  public @Nullable String chooseServerAlias(
      String keyType, Principal @Nullable [] issuers, Socket socket) {
    return null;
  }

  @Override
  public String @Nullable [] getServerAliases(String keyType, Principal @Nullable [] issuers) {
    return null;
  }
}
