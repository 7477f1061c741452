package io.tlstunnel.internal.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import io.tlstunnel.testpki.CertificateSpec;
import io.tlstunnel.testpki.Issued;
import io.tlstunnel.testpki.TestKeys;
import io.tlstunnel.tls.ServerTrust;
import java.io.ByteArrayInputStream;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Random;
import java.util.regex.Pattern;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Certificates with one wrong bit, of which no signature tells: they are trusted themselves. */
@Tag("trials")
class FlippedCertificateTest {
  private static final Pattern LIBRARY_TEXT =
      Pattern.compile("null|Exception|\\b(java|sun|javax|io)\\.|PKIX");

  private static final Issued SOUND =
      CertificateSpec.of("CN=top,O=Corp,C=DE")
          .authority()
          .keys(TestKeys.ec())
          .dns("remote.example")
          .extendedKeyUsage("1.3.6.1.5.5.7.3.1")
          .selfSigned();
  private static final Issued LEAF =
      CertificateSpec.of("CN=leaf").dns("remote.example").signedBy(SOUND);

  @Test
  @DisplayName("27 a certificate with one wrong bit is refused or accepted, in plain words")
  void oneWrongBit() throws Exception {
    byte[] sound = SOUND.certificate().getEncoded();
    Random random = new Random(27);
    int read = 0;
    for (int i = 0; i < 400; i++) {
      byte[] flipped = sound.clone();
      flipped[random.nextInt(flipped.length)] ^= (byte) (1 << random.nextInt(8));
      X509Certificate odd;
      try {
        odd =
            (X509Certificate)
                CertificateFactory.getInstance("X.509")
                    .generateCertificate(new ByteArrayInputStream(flipped));
      } catch (CertificateException unreadable) {
        continue;
      }
      read++;
      judge(odd, List.of(odd));
      judge(odd, List.of(LEAF.certificate()));
    }
    assertThat(read).as("certificates that Java reads").isGreaterThan(50);
  }

  private static void judge(X509Certificate trusted, List<X509Certificate> chain) {
    try {
      new ServerJudge(ServerTrust.certificates(List.of(trusted)), new ServerName("remote.example"))
          .judge(chain, "ECDHE_ECDSA");
    } catch (RefusedServerException e) {
      assertThat(e.diagnosis().cause() + e.diagnosis().remedy())
          .isNotBlank()
          .doesNotContainPattern(LIBRARY_TEXT);
    }
  }
}
