package io.tlstunnel.junit;

import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.CertificateBuilder.KeyUsage;
import io.netty.pkitesting.X509Bundle;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * A certificate authority that lives as long as a test, and what it issues. Minting a certificate
 * takes about a millisecond. Immutable, safe for use by many threads.
 *
 * <pre>{@code
 * TestCa ca = TestCa.create();
 * TestCert server = ca.server("store.example");
 * TestCert client = ca.client("CN=querier");
 * Files.readString(ca.pemFile());
 * }</pre>
 */
public final class TestCa {
  private final X509Bundle bundle;
  private final List<X509Certificate> chainBelowRoot;
  private final Clock clock;
  private final PemFiles files;

  private TestCa(X509Bundle bundle, List<X509Certificate> chainBelowRoot, Clock clock) {
    this.bundle = bundle;
    this.chainBelowRoot = chainBelowRoot;
    this.clock = clock;
    this.files = new PemFiles();
  }

  /** A new root authority with a P-256 key, valid from an hour ago for ten years. */
  public static TestCa create() {
    return create("CN=tlstunnel test CA");
  }

  /** A new root authority under a name of your choice, such as {@code CN=Corp Root, O=Corp}. */
  public static TestCa create(String subject) {
    return create(subject, Clock.systemUTC());
  }

  /**
   * A new root authority that takes the time from a clock: a test that moves the clock gets
   * certificates as they would have been issued then. See {@link TestClock}.
   */
  public static TestCa create(String subject, Clock clock) {
    return new TestCa(selfSigned(authority(subject, clock).ecp256()), List.of(), clock);
  }

  /**
   * A new root authority with an RSA key of 2048 bits, for peers that want it. What it issues has
   * RSA keys too.
   */
  public static TestCa rsa(String subject) {
    Clock clock = Clock.systemUTC();
    return new TestCa(selfSigned(authority(subject, clock).rsa2048()), List.of(), clock);
  }

  /** A new authority whose certificate this one signs: its chains are one certificate longer. */
  public TestCa intermediate(String subject) {
    try {
      X509Bundle child = keyLike(authority(subject, clock)).buildIssuedBy(bundle);
      List<X509Certificate> chain = new ArrayList<>(chainBelowRoot);
      chain.add(0, child.getCertificate());
      return new TestCa(child, List.copyOf(chain), clock);
    } catch (Exception e) {
      throw new IllegalStateException("intermediate " + subject + " could not be minted", e);
    }
  }

  /**
   * A server certificate.
   *
   * @param names the subject alternative names, at least one: host names, {@code *.example}, IP
   *     addresses or URIs such as {@code spiffe://corp/store}
   */
  public TestCert server(String... names) {
    return issue().names(names).forServer().build();
  }

  /** A client certificate, for example for {@code CN=querier}; a bare name becomes its CN. */
  public TestCert client(String subject) {
    return issue().subject(subject).forClient().build();
  }

  /** A certificate with anything that may be right or wrong about it. */
  public TestCertBuilder issue() {
    return new TestCertBuilder(this);
  }

  /** A server certificate that nobody but itself has signed. */
  public static TestCert selfSignedServer(String... names) {
    TestCa nobody = create("CN=" + Objects.requireNonNull(names, "names")[0]);
    return nobody.issue().names(names).forServer().selfSigned().build();
  }

  /** The authority's own certificate. */
  public X509Certificate certificate() {
    return bundle.getCertificate();
  }

  /** The certificate that a peer has to trust: the root above this authority. */
  public X509Certificate root() {
    return bundle.getRootCertificate();
  }

  /** The root certificate as PEM text. */
  public String pem() {
    return Pem.certificates(List.of(root()));
  }

  /** A temporary file with the root certificate; it goes when the JVM ends. */
  public Path pemFile() {
    return files.file("ca.pem", pem());
  }

  Clock clock() {
    return clock;
  }

  X509Bundle bundle() {
    return bundle;
  }

  List<X509Certificate> chainBelowRoot() {
    return chainBelowRoot;
  }

  CertificateBuilder keyLike(CertificateBuilder builder) {
    return certificate().getPublicKey().getAlgorithm().equals("RSA")
        ? builder.rsa2048()
        : builder.ecp256();
  }

  private static CertificateBuilder authority(String subject, Clock clock) {
    Instant now = clock.instant();
    return new CertificateBuilder()
        .subject(TestCertBuilder.distinguishedName(subject))
        .notBefore(now.minus(Duration.ofHours(1)))
        .notAfter(now.plus(Duration.ofDays(3650)))
        .setIsCertificateAuthority(true)
        .setKeyUsage(true, KeyUsage.keyCertSign, KeyUsage.cRLSign);
  }

  private static X509Bundle selfSigned(CertificateBuilder builder) {
    try {
      return builder.buildSelfSigned();
    } catch (Exception e) {
      throw new IllegalStateException("the test CA could not be minted", e);
    }
  }
}
