package io.tlstunnel.tls;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.UnrecoverableKeyException;
import java.util.Collections;
import org.jspecify.annotations.Nullable;

/**
 * The JVM's own trust store, as the {@code javax.net.ssl.trustStore} properties name it.
 *
 * <p>Read here, because the JDK trusts its public authorities instead of a store that it cannot
 * find: whoever named a store meant to trust fewer.
 */
final class SystemTrust {
  private static final String STORE = "javax.net.ssl.trustStore";
  private static final String TYPE = STORE + "Type";
  private static final String PROVIDER = STORE + "Provider";
  private static final String PASSWORD = STORE + "Password";

  /** A store that is no file, such as that of a hardware token. */
  private static final String NO_FILE = "NONE";

  private SystemTrust() {}

  /**
   * The store that the properties name, or null if they name none.
   *
   * @throws IllegalArgumentException if there is no such store, or it holds no certificate
   */
  static @Nullable KeyStore named() {
    String name = System.getProperty(STORE);
    if (name == null) {
      return null;
    }
    KeyStore store = load(name);
    try {
      for (String alias : Collections.list(store.aliases())) {
        if (store.getCertificate(alias) != null) {
          return store;
        }
      }
    } catch (GeneralSecurityException e) {
      throw bad(name, "cannot be read", "check it: keytool -list -keystore");
    }
    throw bad(
        name,
        "holds no certificate" + (password() == null ? " that can be read without a password" : ""),
        password() == null
            ? "set " + PASSWORD + ", or add the trusted CA certificates: keytool -importcert"
            : "add the trusted CA certificates: keytool -importcert");
  }

  private static KeyStore load(String name) {
    KeyStore store = store(name);
    try {
      if (name.equals(NO_FILE)) {
        store.load(null, password());
      } else {
        try (InputStream in = Files.newInputStream(path(name))) {
          store.load(in, password());
        }
      }
      return store;
    } catch (NoSuchFileException e) {
      throw bad(name, "no such file", "expected: a key store with the trusted CA certificates");
    } catch (IOException e) {
      if (e.getCause() instanceof UnrecoverableKeyException) {
        throw bad(name, "cannot be opened with its password", "check " + PASSWORD);
      }
      throw bad(
          name,
          !name.equals(NO_FILE) && Files.isDirectory(path(name))
              ? "is a directory"
              : "cannot be read as a key store of the type " + store.getType(),
          "check the file, " + TYPE + " and " + PASSWORD);
    } catch (GeneralSecurityException e) {
      throw bad(
          name,
          "cannot be read as a key store of the type " + store.getType(),
          "check the file, " + TYPE + " and " + PASSWORD);
    }
  }

  private static KeyStore store(String name) {
    String type = System.getProperty(TYPE, KeyStore.getDefaultType());
    String provider = System.getProperty(PROVIDER, "");
    try {
      return provider.isEmpty() ? KeyStore.getInstance(type) : KeyStore.getInstance(type, provider);
    } catch (GeneralSecurityException e) {
      throw bad(
          name,
          "this JVM has no key stores of the type "
              + type
              + (provider.isEmpty() ? "" : " of the provider " + provider),
          "check " + TYPE + " and " + PROVIDER);
    }
  }

  private static Path path(String name) {
    try {
      if (!name.isEmpty()) {
        return Path.of(name);
      }
    } catch (InvalidPathException e) {
      // Told as what it is.
    }
    throw bad(
        name,
        "is not the name of a file",
        "expected: a key store with the trusted CA certificates");
  }

  private static char @Nullable [] password() {
    String password = System.getProperty(PASSWORD, "");
    return password.isEmpty() ? null : password.toCharArray();
  }

  private static IllegalArgumentException bad(String name, String wrong, String remedy) {
    return new IllegalArgumentException(STORE + ": '" + name + "': " + wrong + " (" + remedy + ")");
  }
}
