package io.tlstunnel.internal.upstream;

import java.io.ByteArrayInputStream;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;

/** The certificates that a remote sent, as objects of the JDK. */
final class RemoteChain {
  private RemoteChain() {}

  /**
   * Reads all of them. Netty's own objects would read themselves later, each at its first use, and
   * throw there if they cannot.
   *
   * @throws RefusedServerException if one cannot be read
   */
  static List<X509Certificate> read(Certificate[] sent) throws RefusedServerException {
    List<X509Certificate> read = new ArrayList<>(sent.length);
    try {
      CertificateFactory factory = CertificateFactory.getInstance("X.509");
      for (Certificate certificate : sent) {
        read.add(
            (X509Certificate)
                factory.generateCertificate(new ByteArrayInputStream(certificate.getEncoded())));
      }
      return List.copyOf(read);
    } catch (CertificateException | RuntimeException e) {
      // No reader of other people's octets may end a handshake without a reason.
      throw new RefusedServerException(CertificateDiagnosis.unreadable());
    }
  }
}
