package io.tlstunnel.internal.upstream;

import io.netty.util.AsciiString;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Whom a certificate is for: its subject alternative names, and nothing else (RFC 9525).
 *
 * <p>The JDK also takes the subject's CN where there is no DNS name, stars within a label, and
 * stars in front of a single label. None of that is a name here.
 */
public final class CertificateNames {
  /** A certificate may carry thousands of names; a message need not. */
  private static final int MAX_TOLD = 5;

  /** Longer than any subject that a person would write. */
  private static final int MAX_SUBJECT = 200;

  private final X509Certificate certificate;
  private final CertificateExtensions extensions;
  private final List<GeneralName> names;

  CertificateNames(X509Certificate certificate) throws RefusedServerException {
    this.certificate = certificate;
    extensions = CertificateExtensions.of(certificate);
    names = extensions.alternativeNames();
  }

  /** A certificate's names for a person; none if they cannot be read. */
  public static List<String> of(X509Certificate certificate) {
    try {
      return new CertificateNames(certificate)
          .names.stream()
              .map(
                  name ->
                      switch (name.type()) {
                        case GeneralName.URI -> "uri:" + name;
                        case GeneralName.MAIL -> "email:" + name;
                        default -> name.toString();
                      })
              .map(CertificateNames::printable)
              .toList();
    } catch (RefusedServerException unreadable) {
      return List.of();
    }
  }

  boolean include(String expected) {
    GeneralName host = GeneralName.host(expected);
    for (GeneralName name : names) {
      if (name.type() == host.type()
          && (name.type() == GeneralName.IP
              ? Arrays.equals(name.content(), host.content())
              : dnsNameFits(name.text(), expected))) {
        return true;
      }
    }
    return false;
  }

  @Nullable Diagnosis mismatch(String expected) {
    if (include(expected)) {
      return null;
    }
    Diagnosis byDefault = DefaultCertificate.in(certificate);
    return byDefault != null
        ? byDefault
        : new Diagnosis(
            "the remote's certificate is not for " + expected + ", but for " + told(),
            remedy(expected));
  }

  private String remedy(String expected) {
    if (names.isEmpty()) {
      return "the remote needs a certificate with a subject alternative name";
    }
    if (names.stream().allMatch(name -> name.type() == GeneralName.URI)) {
      return "the tunnel verifies DNS names and addresses, and no SPIFFE identity or other URI: the"
          + " remote needs a certificate that names "
          + expected
          + ", too";
    }
    String other = "set sni(...) to a name of the certificate, if this is the right remote";
    return names.stream().anyMatch(name -> looksLike(name, expected))
        ? other
            + "; a star stands for one whole label in front of at least two, as in *.corp.example"
        : other;
  }

  /** A certificate's subject, fit for a log: a hostile one may hold line breaks, or a novel. */
  static String subject(X509Certificate certificate) {
    return printable(certificate.getSubjectX500Principal().getName());
  }

  static String printable(String name) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < name.length() && i < MAX_SUBJECT; i++) {
      char c = name.charAt(i);
      text.append(c < ' ' || c > '~' ? String.format("\\u%04x", (int) c) : String.valueOf(c));
    }
    return name.length() > MAX_SUBJECT ? text.append("...").toString() : text.toString();
  }

  private static boolean dnsNameFits(String pattern, String expected) {
    if (!pattern.startsWith("*.")) {
      return AsciiString.contentEqualsIgnoreCase(pattern, expected);
    }
    String parent = pattern.substring(1);
    int dot = expected.indexOf('.');
    return dot > 0
        && parent.indexOf('.', 1) > 0
        && AsciiString.contentEqualsIgnoreCase(parent, expected.substring(dot));
  }

  /** A wildcard that somebody may have believed to fit. */
  private static boolean looksLike(GeneralName name, String expected) {
    String pattern = name.type() == GeneralName.DNS ? name.text() : "";
    int star = pattern.lastIndexOf('*');
    if (star < 0) {
      return false;
    }
    String end = pattern.substring(star + 1);
    return expected.endsWith(end.startsWith(".") ? end.substring(1) : end);
  }

  private String told() {
    if (names.isEmpty()) {
      return subject(certificate)
          + (extensions.hasAlternativeNames()
              ? " (its subject alternative name is empty)"
              : " (it has no subject alternative name)");
    }
    String first =
        names.stream()
            .limit(MAX_TOLD)
            .map(CertificateNames::told)
            .collect(Collectors.joining(", "));
    int more = names.size() - MAX_TOLD;
    return more > 0 ? first + " and " + more + " more" : first;
  }

  private static String told(GeneralName name) {
    String text = printable(name.toString());
    return name.type() == GeneralName.DNS && ServerName.isAddress(name.text())
        ? text + " (as a DNS name)"
        : text;
  }
}
