package io.tlstunnel.tests.tls;

import java.io.IOException;
import java.io.StringWriter;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.CRLNumber;
import org.bouncycastle.asn1.x509.CRLReason;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.cert.X509v2CRLBuilder;
import org.bouncycastle.openssl.jcajce.JcaPEMWriter;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/** A revocation list as CAs write them. */
final class RevocationList {
  private final Issued issuer;
  private Instant issued = Instant.now().minus(Duration.ofDays(1));
  private Instant until = Instant.now().plus(Duration.ofDays(30));
  private Instant revokedAt = issued;
  private List<X509Certificate> revoked = List.of();
  private String signature = "SHA256withECDSA";
  private long number;

  private RevocationList(Issued issuer) {
    this.issuer = issuer;
  }

  /** A list, as PEM, that is current until a time. */
  static String of(Issued issuer, Instant until, Instant revokedAt, X509Certificate... revoked) {
    return of(issuer).until(until).revoking(revokedAt, revoked).pem();
  }

  /** Begins a list that was issued yesterday for a month. */
  static RevocationList of(Issued issuer) {
    return new RevocationList(issuer);
  }

  RevocationList issued(Instant issued) {
    this.issued = issued;
    return this;
  }

  RevocationList until(Instant until) {
    this.until = until;
    return issued(until.minus(Duration.ofDays(30)));
  }

  RevocationList revoking(Instant revokedAt, X509Certificate... certificates) {
    this.revokedAt = revokedAt;
    this.revoked = List.of(certificates);
    return this;
  }

  /** How the issuer signs; by default with SHA-256. */
  RevocationList signature(String algorithm) {
    this.signature = algorithm;
    return this;
  }

  RevocationList number(long number) {
    this.number = number;
    return this;
  }

  String pem() {
    X509v2CRLBuilder list =
        new X509v2CRLBuilder(
            X500Name.getInstance(issuer.certificate().getSubjectX500Principal().getEncoded()),
            Date.from(issued));
    list.setNextUpdate(Date.from(until));
    for (X509Certificate certificate : revoked) {
      list.addCRLEntry(
          certificate.getSerialNumber(), Date.from(revokedAt), CRLReason.keyCompromise);
    }
    try (StringWriter text = new StringWriter();
        JcaPEMWriter pem = new JcaPEMWriter(text)) {
      if (number > 0) {
        list.addExtension(Extension.cRLNumber, false, new CRLNumber(BigInteger.valueOf(number)));
      }
      pem.writeObject(
          list.build(
              new JcaContentSignerBuilder(signature)
                  .setProvider(Keys.BOUNCY_CASTLE)
                  .build(issuer.keys().getPrivate())));
      pem.flush();
      return text.toString();
    } catch (IOException | OperatorCreationException e) {
      throw new IllegalStateException(e);
    }
  }

  /** A file of lists, which goes with the JVM. */
  static Path file(String... lists) {
    try {
      Path file = Files.createTempFile("revoked-", ".pem");
      file.toFile().deleteOnExit();
      return Files.writeString(file, String.join("", lists));
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }
}
