package io.tlstunnel.tls;

import java.nio.file.Path;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The certificate chain and private key that the tunnel shows to the remote.
 *
 * <p>An immutable value, safe for use by many threads. Its files are read when it is made, and key
 * and certificate are checked to belong together: what is wrong is said then, and not at the first
 * handshake. Validity in time is left to the remote.
 */
public final class ClientCert {
  private static final String CHAIN = "the client certificate, then its issuers";

  private final PrivateKey key;
  private final List<X509Certificate> chain;

  private ClientCert(PrivateKey key, List<X509Certificate> chain) {
    this.key = key;
    this.chain = chain;
  }

  /**
   * Reads PEM files with an unencrypted key.
   *
   * @param chain the client's own certificate first, then its issuers in order; the root may be
   *     left out
   * @param key PKCS#8 ({@code PRIVATE KEY}), PKCS#1 ({@code RSA PRIVATE KEY}) or SEC1 ({@code EC
   *     PRIVATE KEY}); may be the same file as the chain
   * @throws IllegalArgumentException if a file cannot be read, or is not what it should be, or the
   *     key does not belong to the first certificate; the message names the file and the remedy
   */
  public static ClientCert pem(Path chain, Path key) {
    return readPem(chain, key, null);
  }

  /**
   * Reads PEM files whose key may be encrypted (PKCS#8, {@code ENCRYPTED PRIVATE KEY}).
   *
   * @param chain as in {@link #pem(Path, Path)}
   * @param key as in {@link #pem(Path, Path)}
   * @param password of the key; unused if the key turns out not to be encrypted
   * @throws IllegalArgumentException as in {@link #pem(Path, Path)}, and for a wrong password
   */
  public static ClientCert pem(Path chain, Path key, String password) {
    return readPem(chain, key, Required.value(password, "password"));
  }

  /**
   * Takes the only private-key entry of a loaded key store.
   *
   * @param password of the entry
   * @throws IllegalArgumentException if the store does not have exactly one private-key entry, is
   *     not loaded, or the password is wrong
   */
  public static ClientCert keyStore(KeyStore store, String password) {
    Required.value(store, "key store");
    Required.value(password, "password");
    return KeyStoreEntry.only(store).read(password);
  }

  /**
   * Takes one private-key entry of a loaded key store.
   *
   * @param alias of the entry
   * @param password of the entry
   * @throws IllegalArgumentException if the store has no such private-key entry, is not loaded, or
   *     the password is wrong
   */
  public static ClientCert keyStore(KeyStore store, String alias, String password) {
    Required.value(store, "key store");
    Required.value(alias, "alias");
    Required.value(password, "password");
    return KeyStoreEntry.named(store, alias).read(password);
  }

  /**
   * Takes a key and its chain as they are.
   *
   * @param chain the client's own certificate first, then its issuers in order
   * @throws IllegalArgumentException if the chain is empty or the key does not belong to its first
   *     certificate
   */
  public static ClientCert of(PrivateKey key, List<X509Certificate> chain) {
    return checked(
        Required.value(key, "key"),
        Required.values(chain, "chain"),
        "the private key",
        "the certificate chain");
  }

  /** The private key. */
  public PrivateKey privateKey() {
    return key;
  }

  /** The client's own certificate first, then its issuers. */
  public List<X509Certificate> chain() {
    return chain;
  }

  /** The subject of the client's own certificate, as {@code CN=client,O=example}. */
  public String subject() {
    return chain.get(0).getSubjectX500Principal().getName();
  }

  /** Subject and end of validity; nothing of the key. */
  @Override
  public String toString() {
    return "ClientCert["
        + subject()
        + ", valid until "
        + chain.get(0).getNotAfter().toInstant()
        + "]";
  }

  private static ClientCert readPem(Path chain, Path key, @Nullable String password) {
    Required.value(chain, "chain");
    Required.value(key, "key");
    List<X509Certificate> certificates = PemCertificates.read(chain, CHAIN);
    PrivateKey privateKey = PemPrivateKey.read(key, password);
    return checked(privateKey, certificates, PemFile.told(key), PemFile.told(chain));
  }

  static ClientCert checked(
      PrivateKey key, List<X509Certificate> chain, String keySource, String chainSource) {
    if (chain.isEmpty()) {
      throw new IllegalArgumentException(chainSource + ": is empty (expected: " + CHAIN + ")");
    }
    X509Certificate leaf = chain.get(0);
    if (belongTogether(key, leaf, keySource, chainSource)) {
      return new ClientCert(key, chain);
    }
    for (int i = 1; i < chain.size(); i++) {
      if (belongTogether(key, chain.get(i), keySource, chainSource)) {
        throw new IllegalArgumentException(
            chainSource
                + ": the private key belongs to certificate "
                + (i + 1)
                + " of the chain, "
                + chain.get(i).getSubjectX500Principal().getName()
                + " (put the client's own certificate first, then its issuers)");
      }
    }
    throw new IllegalArgumentException(
        keySource
            + ": does not belong to the certificate "
            + leaf.getSubjectX500Principal().getName()
            + " of "
            + chainSource
            + " (give the key that this certificate was issued for)");
  }

  private static boolean belongTogether(
      PrivateKey key, X509Certificate certificate, String keySource, String chainSource) {
    try {
      return KeyProof.belongTogether(key, certificate.getPublicKey());
    } catch (UnusableKeyException e) {
      throw new IllegalArgumentException(
          keySource
              + ": could not be tried against the certificate "
              + certificate.getSubjectX500Principal().getName()
              + " of "
              + chainSource
              + ": "
              + e.getMessage()
              + " ("
              + e.remedy()
              + ")");
    }
  }
}
