package io.tlstunnel.testpki;

import java.security.KeyPair;
import java.security.cert.X509Certificate;
import java.util.List;

/**
 * A certificate authority that exists for one test, made by the JDK alone.
 *
 * <p>The usual minting libraries bring BouncyCastle, and with BouncyCastle on the class path key
 * files load that the JDK alone refuses: tests would pass where users fail.
 */
public final class TestCa {
  private final Issued root;

  private TestCa(Issued root) {
    this.root = root;
  }

  /** A new root. */
  public static TestCa create(String commonName) {
    KeyPair pair = TestKeys.ec();
    return new TestCa(CertificateSpec.of("CN=" + commonName).authority().keys(pair).selfSigned());
  }

  /** Issues what the specification describes. */
  public Issued issue(CertificateSpec spec) {
    return spec.signedBy(root);
  }

  /** A server certificate for the given DNS names. */
  public Issued server(String... dnsNames) {
    CertificateSpec spec = CertificateSpec.of("CN=" + dnsNames[0]);
    for (String name : dnsNames) {
      spec.dns(name);
    }
    return issue(spec);
  }

  /** A client certificate. */
  public Issued client(String commonName) {
    return issue(CertificateSpec.of("CN=" + commonName));
  }

  /** The root's certificate. */
  public X509Certificate certificate() {
    return root.certificate();
  }

  /** The root as a list, as trust wants it. */
  public List<X509Certificate> certificates() {
    return List.of(root.certificate());
  }
}
