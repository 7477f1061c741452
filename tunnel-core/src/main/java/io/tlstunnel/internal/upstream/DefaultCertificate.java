package io.tlstunnel.internal.upstream;

import java.security.cert.X509Certificate;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Certificates that ingresses make for themselves and show to whoever asks for a name that they do
 * not know. Trusting one would be wrong: it says nothing about who is behind it.
 */
final class DefaultCertificate {
  /** A part of the subject, in lower case, and whose it is. */
  private static final Map<String, String> KNOWN =
      Map.of(
          "cn=kubernetes ingress controller fake certificate", "ingress-nginx",
          "cn=traefik default cert", "Traefik",
          "cn=nginxingresscontroller", "the NGINX Ingress Controller",
          "cn=localhost,ou=it department,o=kong", "Kong");

  private DefaultCertificate() {}

  /** What the certificate means if it is one of these; else null. */
  static @Nullable Diagnosis in(X509Certificate leaf) {
    String subject = leaf.getSubjectX500Principal().getName().toLowerCase(Locale.ROOT);
    for (Map.Entry<String, String> known : KNOWN.entrySet()) {
      if (subject.startsWith(known.getKey())) {
        return new Diagnosis(
            "the remote showed the certificate that "
                + known.getValue()
                + " has for names that it does not know: "
                + CertificateNames.subject(leaf),
            "set sni(...) to a host name of that ingress, or give the ingress a certificate for the"
                + " name that is asked for");
      }
    }
    return null;
  }
}
