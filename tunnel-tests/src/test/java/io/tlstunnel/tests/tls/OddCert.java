package io.tlstunnel.tests.tls;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.PublicKey;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.DERIA5String;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.X509v1CertificateBuilder;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.operator.ContentSigner;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.jspecify.annotations.Nullable;

/**
 * A certificate with anything wrong about it that can be written down. It says nothing but what it
 * is told to: by default a P-256 key, valid from yesterday for a month.
 */
final class OddCert {
  private record Added(String oid, boolean critical, ASN1Encodable value) {}

  private final String subject;
  private final List<GeneralName> names = new ArrayList<>();
  private final List<Added> extensions = new ArrayList<>();
  private KeyPair keys = Keys.p256();
  private Instant from = Instant.now().minus(Duration.ofDays(1));
  private Instant until = Instant.now().plus(Duration.ofDays(30));
  private @Nullable String signature;
  private boolean version1;

  private OddCert(String subject) {
    this.subject = subject;
  }

  /** A certificate that says nothing yet. */
  static OddCert of(String subject) {
    return new OddCert(subject);
  }

  /** A server's certificate as it should be, for DNS names. */
  static OddCert server(String... names) {
    OddCert cert = of("CN=leaf").purpose(KeyPurposeId.id_kp_serverAuth);
    for (String name : names) {
      cert.dns(name);
    }
    return cert.extension(
        Extension.keyUsage.getId(), true, new KeyUsage(KeyUsage.digitalSignature));
  }

  /** A CA's certificate as it should be. */
  static OddCert authority(String subject) {
    return of(subject).constraints(new BasicConstraints(true)).mayCertify();
  }

  /** A CA's certificate that allows so many CAs below itself. */
  static OddCert authority(String subject, int pathLength) {
    return of(subject).constraints(new BasicConstraints(pathLength)).mayCertify();
  }

  OddCert dns(String name) {
    return name(GeneralName.dNSName, new DERIA5String(name));
  }

  OddCert ip(String address) {
    names.add(new GeneralName(GeneralName.iPAddress, address));
    return this;
  }

  OddCert uri(String uri) {
    return name(GeneralName.uniformResourceIdentifier, new DERIA5String(uri));
  }

  OddCert name(int type, ASN1Encodable value) {
    names.add(new GeneralName(type, value));
    return this;
  }

  OddCert keys(KeyPair keys) {
    this.keys = keys;
    return this;
  }

  OddCert valid(Instant from, Instant until) {
    this.from = from;
    this.until = until;
    return this;
  }

  Instant from() {
    return from;
  }

  Instant until() {
    return until;
  }

  /** Expired a day ago. */
  OddCert expired() {
    Instant now = Instant.now().truncatedTo(ChronoUnit.SECONDS);
    return valid(now.minus(Duration.ofDays(9)), now.minus(Duration.ofDays(1)));
  }

  /** Begins in a day. */
  OddCert notYetValid() {
    Instant now = Instant.now().truncatedTo(ChronoUnit.SECONDS);
    return valid(now.plus(Duration.ofDays(1)), now.plus(Duration.ofDays(9)));
  }

  OddCert purpose(KeyPurposeId... purposes) {
    return extension(Extension.extendedKeyUsage.getId(), false, new ExtendedKeyUsage(purposes));
  }

  OddCert constraints(BasicConstraints constraints) {
    return extension(Extension.basicConstraints.getId(), true, constraints);
  }

  OddCert mayCertify() {
    return extension(
        Extension.keyUsage.getId(), true, new KeyUsage(KeyUsage.keyCertSign | KeyUsage.cRLSign));
  }

  OddCert extension(String oid, boolean critical, ASN1Encodable value) {
    extensions.add(new Added(oid, critical, value));
    return this;
  }

  /** How the issuer signs; by default with SHA-256. */
  OddCert signature(String algorithm) {
    this.signature = algorithm;
    return this;
  }

  /** Of X.509 version 1, which has no extensions. */
  OddCert version1() {
    this.version1 = true;
    return this;
  }

  Issued selfSigned() {
    return new Issued(List.of(mint(new X500Name(subject), keys)), keys);
  }

  Issued signedBy(Issued issuer) {
    List<X509Certificate> chain = new ArrayList<>();
    chain.add(
        mint(
            X500Name.getInstance(issuer.certificate().getSubjectX500Principal().getEncoded()),
            issuer.keys()));
    if (!issuer
        .certificate()
        .getSubjectX500Principal()
        .equals(issuer.certificate().getIssuerX500Principal())) {
      chain.addAll(issuer.chain());
    }
    return new Issued(List.copyOf(chain), keys);
  }

  private X509Certificate mint(X500Name issuer, KeyPair issuerKeys) {
    try {
      ContentSigner signer =
          new JcaContentSignerBuilder(signature == null ? usual(issuerKeys.getPublic()) : signature)
              .setProvider(Keys.BOUNCY_CASTLE)
              .build(issuerKeys.getPrivate());
      BigInteger serial = BigInteger.valueOf(ThreadLocalRandom.current().nextLong(1, 1L << 62));
      SubjectPublicKeyInfo key = SubjectPublicKeyInfo.getInstance(keys.getPublic().getEncoded());
      X509CertificateHolder minted =
          version1
              ? new X509v1CertificateBuilder(
                      issuer, serial, Date.from(from), Date.from(until), new X500Name(subject), key)
                  .build(signer)
              : version3(issuer, serial, key).build(signer);
      return (X509Certificate)
          CertificateFactory.getInstance("X.509")
              .generateCertificate(new ByteArrayInputStream(minted.getEncoded()));
    } catch (OperatorCreationException | IOException | GeneralSecurityException e) {
      throw new IllegalStateException("certificate " + subject + " was not minted", e);
    }
  }

  private X509v3CertificateBuilder version3(
      X500Name issuer, BigInteger serial, SubjectPublicKeyInfo key) throws IOException {
    X509v3CertificateBuilder builder =
        new X509v3CertificateBuilder(
            issuer, serial, Date.from(from), Date.from(until), new X500Name(subject), key);
    if (!names.isEmpty()) {
      builder.addExtension(
          Extension.subjectAlternativeName,
          false,
          new GeneralNames(names.toArray(GeneralName[]::new)));
    }
    for (Added extension : extensions) {
      builder.addExtension(
          new ASN1ObjectIdentifier(extension.oid), extension.critical, extension.value);
    }
    return builder;
  }

  private static String usual(PublicKey key) {
    return switch (key.getAlgorithm()) {
      case "RSA" -> "SHA256withRSA";
      case "DSA" -> "SHA256withDSA";
      default -> "SHA256withECDSA";
    };
  }
}
