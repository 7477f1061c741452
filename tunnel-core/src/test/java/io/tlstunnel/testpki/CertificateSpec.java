package io.tlstunnel.testpki;

import static io.tlstunnel.testpki.DerWriter.bits;
import static io.tlstunnel.testpki.DerWriter.bool;
import static io.tlstunnel.testpki.DerWriter.element;
import static io.tlstunnel.testpki.DerWriter.integer;
import static io.tlstunnel.testpki.DerWriter.join;
import static io.tlstunnel.testpki.DerWriter.octets;
import static io.tlstunnel.testpki.DerWriter.oid;
import static io.tlstunnel.testpki.DerWriter.sequence;
import static io.tlstunnel.testpki.DerWriter.time;

import io.netty.util.NetUtil;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.Signature;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import javax.security.auth.x500.X500Principal;
import org.jspecify.annotations.Nullable;

/** What a certificate shall say; by default an EC end entity, valid from yesterday for a month. */
public final class CertificateSpec {
  private static final byte[] VERSION_3 = element(0xA0, integer(BigInteger.TWO));

  private final String subject;
  private final ByteArrayOutputStream names = new ByteArrayOutputStream();
  private KeyPair keys = TestKeys.ec();
  private Instant notBefore = Instant.now().minus(1, ChronoUnit.DAYS);
  private Instant notAfter = Instant.now().plus(30, ChronoUnit.DAYS);
  private boolean authority;
  private @Nullable String extendedKeyUsage;
  private final ByteArrayOutputStream further = new ByteArrayOutputStream();

  private CertificateSpec(String subject) {
    this.subject = subject;
  }

  public static CertificateSpec of(String subject) {
    return new CertificateSpec(subject);
  }

  public CertificateSpec dns(String name) {
    names.writeBytes(DerWriter.ascii(0x82, name));
    return this;
  }

  public CertificateSpec uri(String uri) {
    names.writeBytes(DerWriter.ascii(0x86, uri));
    return this;
  }

  public CertificateSpec ip(String literal) {
    names.writeBytes(element(0x87, NetUtil.createByteArrayFromIpAddressString(literal)));
    return this;
  }

  /** A name of any kind, as it stands in the list of names. */
  public CertificateSpec name(byte[] encoded) {
    names.writeBytes(encoded);
    return this;
  }

  /** An extension of any kind, sound or not. */
  public CertificateSpec extension(String id, boolean critical, byte[] value) {
    further.writeBytes(encoded(id, critical, value));
    return this;
  }

  public CertificateSpec keys(KeyPair keys) {
    this.keys = keys;
    return this;
  }

  public CertificateSpec validity(Instant notBefore, Instant notAfter) {
    this.notBefore = notBefore;
    this.notAfter = notAfter;
    return this;
  }

  /** Restricts what the key may be used for: 1.3.6.1.5.5.7.3.1 is a server, 3.2 a client. */
  public CertificateSpec extendedKeyUsage(String oid) {
    this.extendedKeyUsage = oid;
    return this;
  }

  public CertificateSpec authority() {
    this.authority = true;
    return this;
  }

  /** Signs the certificate with its own key. */
  public Issued selfSigned() {
    return signedBy(null);
  }

  /** Signs the certificate; without an issuer with its own key. */
  public Issued signedBy(@Nullable Issued issuer) {
    try {
      KeyPair signingKeys =
          issuer == null ? keys : new KeyPair(issuer.certificate().getPublicKey(), issuer.key());
      X500Principal issuerName =
          issuer == null
              ? new X500Principal(subject)
              : issuer.certificate().getSubjectX500Principal();
      byte[] algorithm = signatureAlgorithm(signingKeys);
      byte[] body =
          sequence(
              VERSION_3,
              integer(BigInteger.valueOf(ThreadLocalRandom.current().nextLong(1, Long.MAX_VALUE))),
              algorithm,
              issuerName.getEncoded(),
              sequence(time(notBefore), time(notAfter)),
              new X500Principal(subject).getEncoded(),
              keys.getPublic().getEncoded(),
              element(0xA3, sequence(extensions())));
      Signature signature = Signature.getInstance(signatureName(signingKeys));
      signature.initSign(signingKeys.getPrivate());
      signature.update(body);
      byte[] encoded = sequence(body, algorithm, bits(0, signature.sign()));
      List<X509Certificate> chain = new ArrayList<>();
      chain.add(
          (X509Certificate)
              CertificateFactory.getInstance("X.509")
                  .generateCertificate(new ByteArrayInputStream(encoded)));
      if (issuer != null && !selfIssued(issuer.certificate())) {
        chain.addAll(issuer.chain());
      }
      return new Issued(keys.getPrivate(), List.copyOf(chain));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private byte[] extensions() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    if (authority) {
      out.writeBytes(encoded("2.5.29.19", true, sequence(bool(true))));
      // keyCertSign and cRLSign.
      out.writeBytes(encoded("2.5.29.15", true, bits(1, new byte[] {0x06})));
    }
    if (extendedKeyUsage != null) {
      out.writeBytes(encoded("2.5.29.37", false, sequence(oid(extendedKeyUsage))));
    }
    if (names.size() > 0) {
      out.writeBytes(encoded("2.5.29.17", false, sequence(names.toByteArray())));
    }
    out.writeBytes(further.toByteArray());
    if (out.size() == 0) {
      // An empty list of extensions is forbidden: say what is true of an end entity anyway.
      out.writeBytes(encoded("2.5.29.19", false, sequence()));
    }
    return out.toByteArray();
  }

  private static byte[] encoded(String id, boolean critical, byte[] value) {
    return sequence(join(oid(id), critical ? bool(true) : new byte[0], octets(value)));
  }

  private static boolean selfIssued(X509Certificate certificate) {
    return certificate.getSubjectX500Principal().equals(certificate.getIssuerX500Principal());
  }

  private static String signatureName(KeyPair signer) {
    return switch (signer.getPublic().getAlgorithm()) {
      case "RSA" -> "SHA256withRSA";
      case "EC" -> "SHA256withECDSA";
      case "DSA" -> "SHA256withDSA";
      default -> "Ed25519";
    };
  }

  private static byte[] signatureAlgorithm(KeyPair signer) {
    return switch (signatureName(signer)) {
      case "SHA256withRSA" -> sequence(oid("1.2.840.113549.1.1.11"), element(0x05));
      case "SHA256withECDSA" -> sequence(oid("1.2.840.10045.4.3.2"));
      case "SHA256withDSA" -> sequence(oid("2.16.840.1.101.3.4.3.2"));
      default -> sequence(oid("1.3.101.112"));
    };
  }
}
