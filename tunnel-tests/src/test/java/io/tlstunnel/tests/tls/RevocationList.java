package io.tlstunnel.tests.tls;

import java.io.IOException;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.CRLReason;
import org.bouncycastle.cert.X509v2CRLBuilder;
import org.bouncycastle.openssl.jcajce.JcaPEMWriter;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/** Revocation lists as CAs write them. */
final class RevocationList {
  private RevocationList() {}

  /** A list, as PEM, that is current until a time. */
  static String of(Issued issuer, Instant until, Instant revokedAt, X509Certificate... revoked) {
    X509v2CRLBuilder list =
        new X509v2CRLBuilder(
            X500Name.getInstance(issuer.certificate().getSubjectX500Principal().getEncoded()),
            Date.from(until.minus(Duration.ofDays(30))));
    list.setNextUpdate(Date.from(until));
    for (X509Certificate certificate : revoked) {
      list.addCRLEntry(
          certificate.getSerialNumber(), Date.from(revokedAt), CRLReason.keyCompromise);
    }
    try (StringWriter text = new StringWriter();
        JcaPEMWriter pem = new JcaPEMWriter(text)) {
      pem.writeObject(
          list.build(
              new JcaContentSignerBuilder("SHA256withECDSA")
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
