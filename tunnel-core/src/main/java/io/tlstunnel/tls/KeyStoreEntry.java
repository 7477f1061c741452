package io.tlstunnel.tls;

import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.KeyStoreException;
import java.security.PrivateKey;
import java.security.UnrecoverableKeyException;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** One private-key entry of a key store. */
record KeyStoreEntry(KeyStore store, String alias) {

  static KeyStoreEntry only(KeyStore store) {
    List<String> aliases = keyAliases(store);
    if (aliases.size() != 1) {
      throw new IllegalArgumentException(
          aliases.isEmpty()
              ? "key store: holds no private-key entry (expected: one, with its certificate chain)"
              : "key store: holds "
                  + aliases.size()
                  + " private-key entries: "
                  + String.join(", ", aliases)
                  + " (name the one to use: ClientCert.keyStore(store, alias, password))");
    }
    return new KeyStoreEntry(store, aliases.get(0));
  }

  static KeyStoreEntry named(KeyStore store, String alias) {
    List<String> aliases = keyAliases(store);
    // Stores such as PKCS12 do not care about case, so the list is only for the message.
    try {
      if (!store.isKeyEntry(alias)) {
        // Not which alias was given: it may be the password, where the two were swapped.
        throw new IllegalArgumentException(
            "key store: has no private-key entry with the given alias (it has: "
                + String.join(", ", aliases)
                + "; the alias comes before the password)");
      }
    } catch (KeyStoreException e) {
      throw notLoaded(e);
    }
    return new KeyStoreEntry(store, alias);
  }

  ClientCert read(String password) {
    String entry = "key store entry '" + alias + "'";
    try {
      if (!(store.getKey(alias, password.toCharArray()) instanceof PrivateKey key)) {
        throw new IllegalArgumentException(entry + ": is a secret key (expected: a private key)");
      }
      return ClientCert.checked(key, chain(entry), entry, "the entry's chain");
    } catch (UnrecoverableKeyException e) {
      throw new IllegalArgumentException(
          entry
              + ": cannot be decrypted with this password"
              + " (give the entry's own password if it differs from the store's)");
    } catch (GeneralSecurityException e) {
      // Not why: what a store's provider says may hold anything.
      throw new IllegalArgumentException(
          entry + ": cannot be read by this Java runtime (check it: keytool -list -v)");
    }
  }

  private List<X509Certificate> chain(String entry) throws KeyStoreException {
    Certificate[] certificates = store.getCertificateChain(alias);
    if (certificates == null || certificates.length == 0) {
      throw new IllegalArgumentException(
          entry
              + ": has a key and no certificate (expected: its chain; a PKCS#12 file shows none"
              + " when it is loaded without a password, or was exported with -nocerts)");
    }
    List<X509Certificate> chain = new ArrayList<>();
    for (Certificate certificate : certificates) {
      if (!(certificate instanceof X509Certificate x509)) {
        throw new IllegalArgumentException(
            entry + ": has a certificate of another kind (expected: X.509)");
      }
      chain.add(x509);
    }
    return List.copyOf(chain);
  }

  static IllegalArgumentException notLoaded(KeyStoreException cause) {
    return new IllegalArgumentException(
        "key store: is not loaded (call KeyStore.load(...) before giving it to the tunnel)", cause);
  }

  private static List<String> keyAliases(KeyStore store) {
    try {
      List<String> aliases = new ArrayList<>();
      for (String alias : Collections.list(store.aliases())) {
        if (store.entryInstanceOf(alias, KeyStore.PrivateKeyEntry.class)) {
          aliases.add(alias);
        }
      }
      return aliases;
    } catch (KeyStoreException e) {
      throw notLoaded(e);
    }
  }
}
