package io.tlstunnel.tls;

import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.KeyStoreException;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/**
 * Whose certificates the tunnel accepts from the remote.
 *
 * <p>An immutable value, safe for use by many threads; files are read when it is made. Whichever
 * way it is made, the remote's certificate must also carry the name that the tunnel expects.
 */
public final class ServerTrust {
  private final String source;
  private final RemoteTrustManager trustManager;
  private final List<X509CRL> revocationLists;

  private ServerTrust(String source, RemoteTrustManager trustManager) {
    this(source, trustManager, List.of());
  }

  private ServerTrust(
      String source, RemoteTrustManager trustManager, List<X509CRL> revocationLists) {
    this.source = source;
    this.trustManager = trustManager;
    this.revocationLists = revocationLists;
  }

  /**
   * The JVM's own trust store: {@code javax.net.ssl.trustStore} if set, else the JDK's cacerts.
   *
   * @throws IllegalArgumentException if that store is missing, cannot be read or holds no
   *     certificate; the message names it
   */
  public static ServerTrust system() {
    KeyStore named = SystemTrust.named();
    try {
      RemoteTrustManager trusted = trustManager(named);
      if (trusted.getAcceptedIssuers().length > 0) {
        return new ServerTrust("the JVM's trust store", trusted);
      }
    } catch (GeneralSecurityException e) {
      throw new IllegalArgumentException(
          "the JVM's trust store: cannot be used (check the file lib/security/cacerts of the Java"
              + " runtime)",
          e);
    }
    throw new IllegalArgumentException(
        "the JVM's trust store: holds no certificate (expected: the file lib/security/cacerts of"
            + " the Java runtime, or set javax.net.ssl.trustStore)");
  }

  /**
   * Every certificate of a PEM file, and nothing else.
   *
   * @param authorities the CA certificates, or the remote's own certificate if it is self-signed
   * @throws IllegalArgumentException if the file cannot be read or holds no certificate; the
   *     message names the file and the remedy
   */
  public static ServerTrust pem(Path authorities) {
    Required.value(authorities, "authorities");
    return of(
        authorities.toString(),
        PemCertificates.readTrusted(authorities, "the trusted CA certificates"));
  }

  /**
   * The given certificates, and nothing else.
   *
   * @throws IllegalArgumentException if there is none
   */
  public static ServerTrust certificates(Collection<X509Certificate> authorities) {
    List<X509Certificate> copy = Required.values(authorities, "authorities");
    if (copy.isEmpty()) {
      throw new IllegalArgumentException(
          "trusted certificates: none given (expected: at least one CA certificate;"
              + " for the JVM's own use ServerTrust.system())");
    }
    return of(copy.size() == 1 ? "1 certificate" : copy.size() + " certificates", copy);
  }

  /**
   * The certificate entries of a loaded key store, and nothing else.
   *
   * @throws IllegalArgumentException if the store is not loaded or holds no certificate entry
   */
  public static ServerTrust keyStore(KeyStore store) {
    List<X509Certificate> authorities = new ArrayList<>();
    try {
      // Not the store itself: the JDK would also trust our own certificate of a key entry.
      for (String alias : Collections.list(Required.value(store, "trust store").aliases())) {
        if (store.isCertificateEntry(alias)
            && store.getCertificate(alias) instanceof X509Certificate authority) {
          authorities.add(authority);
        }
      }
    } catch (KeyStoreException e) {
      throw KeyStoreEntry.notLoaded(e);
    }
    if (authorities.isEmpty()) {
      throw new IllegalArgumentException(
          "trust store: holds no certificate entry (expected: the trusted CA certificates;"
              + " add one: keytool -importcert)");
    }
    return of("a key store", authorities);
  }

  /**
   * The same trust, but in no certificate that its CA has revoked. Default: revocation is not
   * checked.
   *
   * <p>There must be a list, and a current one, of every CA on the way from the remote's
   * certificate to the trusted one, which is a CA itself: a remote about which nothing is known is
   * refused. Nothing is fetched; a tunnel uses the lists that were read here for as long as it
   * lives.
   *
   * @param pem a file of complete revocation lists (RFC 5280, 5), as {@code openssl ca -gencrl}
   *     writes them
   * @throws IllegalArgumentException if the file cannot be read, holds no revocation list, or a
   *     delta or partial one
   */
  public ServerTrust withRevocationLists(Path pem) {
    return new ServerTrust(
        source, trustManager, PemRevocationLists.read(Required.value(pem, "revocation lists")));
  }

  /** The revocation lists that count; empty if revocation is not checked. */
  public List<X509CRL> revocationLists() {
    return revocationLists;
  }

  /**
   * The trust as TLS engines want it. It accepts servers only, and only from an engine that asks
   * for the check of the server's name ({@code HTTPS} endpoint identification). It is what the JDK
   * checks; the tunnel is stricter, and checks revocation, by itself.
   */
  public X509ExtendedTrustManager trustManager() {
    return trustManager;
  }

  /** Where the trusted certificates are from. */
  @Override
  public String toString() {
    return "ServerTrust[" + source + "]";
  }

  private static ServerTrust of(String source, List<X509Certificate> authorities) {
    try {
      KeyStore store = KeyStore.getInstance("PKCS12");
      store.load(null, null);
      for (int i = 0; i < authorities.size(); i++) {
        store.setCertificateEntry("authority-" + i, authorities.get(i));
      }
      return new ServerTrust(source, trustManager(store));
    } catch (GeneralSecurityException | IOException e) {
      throw new IllegalStateException("PKCS12 stores and PKIX are part of every JDK", e);
    }
  }

  private static RemoteTrustManager trustManager(@Nullable KeyStore store)
      throws GeneralSecurityException {
    // By name, not the configurable default: of PKIX it is known that it checks host names.
    TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX");
    factory.init(store);
    return new RemoteTrustManager((X509ExtendedTrustManager) factory.getTrustManagers()[0]);
  }
}
