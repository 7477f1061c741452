package io.tlstunnel.junit;

import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.CertificateBuilder.KeyUsage;
import io.netty.pkitesting.X509Bundle;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * A certificate to be issued by a {@link TestCa}. Unless told otherwise it is valid from an hour
 * ago for 90 days and serves both clients and servers.
 */
public final class TestCertBuilder {
  private final TestCa ca;
  private final List<String> names = new ArrayList<>();
  private String subject = "";
  private Instant notBefore;
  private Instant notAfter;
  private boolean server;
  private boolean client;
  private boolean selfSigned;

  TestCertBuilder(TestCa ca) {
    this.ca = ca;
    this.notBefore = ca.clock().instant().minus(Duration.ofHours(1));
    this.notAfter = ca.clock().instant().plus(Duration.ofDays(90));
  }

  /** The subject. Default: {@code CN=} and the first name. */
  public TestCertBuilder subject(String subject) {
    this.subject = distinguishedName(subject);
    return this;
  }

  /** Adds subject alternative names: host names, IP addresses or URIs with a scheme. */
  public TestCertBuilder names(String... names) {
    if (names.length == 0) {
      throw new IllegalArgumentException("names: none (expected: at least one host name)");
    }
    for (String name : names) {
      this.names.add(Objects.requireNonNull(name, "name"));
    }
    return this;
  }

  /** Adds a SPIFFE identity, such as {@code spiffe://corp/ns/monitoring/sa/thanos}. */
  public TestCertBuilder spiffe(String id) {
    if (!id.startsWith("spiffe://")) {
      throw new IllegalArgumentException("spiffe: " + id + " (expected: spiffe://...)");
    }
    return names(id);
  }

  /** Sets the period of validity. */
  public TestCertBuilder valid(Instant from, Instant until) {
    if (!from.isBefore(until)) {
      throw new IllegalArgumentException(
          "valid: until " + until + " (expected: after " + from + ")");
    }
    this.notBefore = from;
    this.notAfter = until;
    return this;
  }

  /** The certificate was valid for a day and has been invalid for a day. */
  public TestCertBuilder expired() {
    Instant now = ca.clock().instant();
    return valid(now.minus(Duration.ofDays(2)), now.minus(Duration.ofDays(1)));
  }

  /** The certificate becomes valid in a day. */
  public TestCertBuilder notYetValid() {
    Instant now = ca.clock().instant();
    return valid(now.plus(Duration.ofDays(1)), now.plus(Duration.ofDays(2)));
  }

  /** Extended key usage {@code serverAuth}. Default: server and client. */
  public TestCertBuilder forServer() {
    server = true;
    return this;
  }

  /** Extended key usage {@code clientAuth}. Default: server and client. */
  public TestCertBuilder forClient() {
    client = true;
    return this;
  }

  TestCertBuilder selfSigned() {
    selfSigned = true;
    return this;
  }

  /** Mints a new key and its certificate. */
  public TestCert build() {
    if (subject.isEmpty() && names.isEmpty()) {
      throw new IllegalStateException("a certificate needs subject(...) or names(...)");
    }
    CertificateBuilder builder =
        ca.keyLike(new CertificateBuilder())
            .subject(subject.isEmpty() ? distinguishedName(names.get(0)) : subject)
            .notBefore(notBefore)
            .notAfter(notAfter)
            .setKeyUsage(true, KeyUsage.digitalSignature);
    if (server || !client) {
      builder.addExtendedKeyUsageServerAuth();
    }
    if (client || !server) {
      builder.addExtendedKeyUsageClientAuth();
    }
    if (!names.isEmpty()) {
      builder.addExtensionOctetString(AlternativeNames.OID, false, AlternativeNames.der(names));
    }
    try {
      X509Bundle leaf =
          selfSigned
              ? builder.setIsCertificateAuthority(true).buildSelfSigned()
              : builder.buildIssuedBy(ca.bundle());
      List<X509Certificate> chain = new ArrayList<>(List.of(leaf.getCertificate()));
      if (!selfSigned) {
        chain.addAll(ca.chainBelowRoot());
      }
      return new TestCert(List.copyOf(chain), leaf.getKeyPair().getPrivate());
    } catch (Exception e) {
      throw new IllegalStateException("certificate for " + subject + names + " was not minted", e);
    }
  }

  static String distinguishedName(String subject) {
    return subject.contains("=") ? subject : "CN=" + subject;
  }
}
