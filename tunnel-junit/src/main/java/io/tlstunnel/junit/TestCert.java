package io.tlstunnel.junit;

import java.io.IOException;
import java.nio.file.Path;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.List;

/** A certificate, the chain above it without the root, and its private key. Immutable. */
public final class TestCert {
  private final List<X509Certificate> chain;
  private final PrivateKey privateKey;
  private final boolean odd;
  private final PemFiles files = new PemFiles();

  TestCert(List<X509Certificate> chain, PrivateKey privateKey) {
    this(chain, privateKey, false);
  }

  private TestCert(List<X509Certificate> chain, PrivateKey privateKey, boolean odd) {
    this.chain = chain;
    this.privateKey = privateKey;
    this.odd = odd;
  }

  /**
   * A certificate that was minted elsewhere, for a backend to present: whatever is wrong with it.
   *
   * @param chain the certificate first, then what is to be sent with it
   */
  public static TestCert of(List<X509Certificate> chain, PrivateKey privateKey) {
    if (chain.isEmpty()) {
      throw new IllegalArgumentException("chain: empty (expected: at least one certificate)");
    }
    return new TestCert(List.copyOf(chain), privateKey, true);
  }

  /** Whether a key store might refuse it: a chain out of order, a key that must not sign. */
  boolean isOdd() {
    return odd;
  }

  /** The certificate itself. */
  public X509Certificate certificate() {
    return chain.get(0);
  }

  /** The certificate and the intermediates above it, leaf first, without the root. */
  public List<X509Certificate> chain() {
    return chain;
  }

  /** The key of the certificate. */
  public PrivateKey privateKey() {
    return privateKey;
  }

  /** The subject as RFC 2253 text, such as {@code CN=querier}. */
  public String subject() {
    return certificate().getSubjectX500Principal().getName();
  }

  /**
   * The same certificate with nothing above it: what a server sends that forgot its intermediate.
   */
  public TestCert withoutIntermediates() {
    return new TestCert(List.of(certificate()), privateKey);
  }

  /** The chain as PEM text. */
  public String chainPem() {
    return Pem.certificates(chain);
  }

  /** The private key as PEM text, PKCS#8, without a password. */
  public String keyPem() {
    return Pem.privateKey(privateKey);
  }

  /** A temporary file with the chain; it goes when the JVM ends. */
  public Path chainFile() {
    return files.file("tls.crt", chainPem());
  }

  /** A temporary file with the key, readable for its owner only; it goes when the JVM ends. */
  public Path keyFile() {
    return files.file("tls.key", keyPem());
  }

  /**
   * Writes the chain and the key over two files, each replaced in one step, as a rotation does.
   *
   * @throws IOException if a file cannot be written
   */
  public void rotateInto(Path chain, Path key) throws IOException {
    PemFiles.replace(key, keyPem());
    PemFiles.replace(chain, chainPem());
  }

  @Override
  public String toString() {
    return "TestCert[" + subject() + "]";
  }
}
