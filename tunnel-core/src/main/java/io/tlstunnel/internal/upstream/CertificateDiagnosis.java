package io.tlstunnel.internal.upstream;

import java.security.cert.X509Certificate;

/** Puts into words why a remote's certificate chain leads to nobody who is trusted. */
final class CertificateDiagnosis {
  private static final String SHORTER_CHAIN =
      "let the remote send its own certificate and the intermediates, and nothing else";

  private CertificateDiagnosis() {}

  /** Nobody knows the last issuer that was found on the way. */
  static Diagnosis unknownIssuer(X509Certificate leaf, X509Certificate last) {
    Diagnosis byDefault = DefaultCertificate.in(leaf);
    if (byDefault != null) {
      return byDefault;
    }
    if (last.equals(leaf) && leaf.getSubjectX500Principal().equals(leaf.getIssuerX500Principal())) {
      return new Diagnosis(
          "the remote's certificate "
              + CertificateNames.subject(leaf)
              + " is self-signed and not trusted",
          "give it with trust(...), if this is the right remote");
    }
    return new Diagnosis(
        "the remote's certificate "
            + CertificateNames.subject(leaf)
            + " was issued by "
            + issuer(last)
            + ", which is not trusted",
        "give that CA's certificate with trust(...), or let the remote send its intermediate"
            + " certificates");
  }

  /** There is an issuer of the right name, and it has another key. */
  static Diagnosis impostor(X509Certificate last) {
    return new Diagnosis(
        "the remote's certificate "
            + CertificateNames.subject(last)
            + " names "
            + issuer(last)
            + " as its issuer, but was not signed with the key of the CA certificate of that name",
        "a CA may have changed its key: give its new certificate with trust(...), or let the"
            + " remote send the intermediate that belongs to its certificate");
  }

  /** The longest chain that is looked at leads to nobody. */
  static Diagnosis endless() {
    return new Diagnosis(
        "the first 10 certificates that the remote sent lead to no trusted CA", SHORTER_CHAIN);
  }

  /** The JDK's TLS has not even looked at the chain. */
  static Diagnosis tooMany() {
    return new Diagnosis("the remote sent more than 10 certificates", SHORTER_CHAIN);
  }

  /**
   * Neither TLS library reads a message without end, and neither says which one it was: in TLS 1.3
   * the request for our certificate comes first.
   */
  static Diagnosis tooLarge() {
    return new Diagnosis(
        "the remote sent a handshake message that is too large: its certificates, or the names of"
            + " the CAs whose client certificates it takes",
        "let the remote send fewer of them; the JDK's TLS takes more than 32768 bytes with"
            + " -Djdk.tls.maxHandshakeMessageSize=131072");
  }

  /** HTTP/2 forbids to renegotiate (RFC 9113, 9.2.1): who is who must not change on the way. */
  static Diagnosis askedAgain() {
    return new Diagnosis(
        "the remote wants to shake hands again (TLS renegotiation), which HTTP/2 forbids",
        "switch renegotiation off at the remote, or let it offer TLS 1.3");
  }

  /** BoringSSL looks at the key usage before it asks anybody about the certificate. */
  static Diagnosis unfitKey() {
    return new Diagnosis(
        "the remote's certificate is not for servers: its key usage lacks digitalSignature",
        "the remote needs a certificate with the key usage digitalSignature");
  }

  /** Octets that the JDK's reader of certificates does not take. */
  static Diagnosis unreadable() {
    return new Diagnosis(
        "the remote sent a certificate that Java cannot read",
        "let its CA issue it anew; 'openssl x509 -text' may show what is odd about it");
  }

  private static String issuer(X509Certificate certificate) {
    return CertificateNames.printable(certificate.getIssuerX500Principal().getName());
  }
}
