package io.tlstunnel.internal.upstream;

import io.netty.util.AsciiString;
import io.netty.util.NetUtil;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Whom a certificate is for: its subject alternative names, and nothing else (RFC 9525).
 *
 * <p>The JDK also takes the subject's CN where there is no DNS name, stars within a label, and
 * stars in front of a single label. None of that is a name here.
 */
final class CertificateNames {
  private static final int DNS_NAME = 2;
  private static final int URI = 6;
  private static final int IP_ADDRESS = 7;

  /** A certificate may carry thousands of names; a message need not. */
  private static final int MAX_TOLD = 5;

  /** Longer than any subject that a person would write. */
  private static final int MAX_SUBJECT = 200;

  private record Name(int type, String value) {
    @Override
    public String toString() {
      String text = printable(value);
      return type == DNS_NAME && ServerName.isAddress(value) ? text + " (as a DNS name)" : text;
    }
  }

  private final X509Certificate certificate;
  private final List<Name> names;

  CertificateNames(X509Certificate certificate) {
    this.certificate = certificate;
    names =
        alternativeNames(certificate).stream()
            .filter(name -> name.get(1) instanceof String)
            .map(name -> new Name((Integer) name.get(0), (String) name.get(1)))
            .filter(name -> List.of(DNS_NAME, URI, IP_ADDRESS).contains(name.type))
            .toList();
  }

  boolean include(String expected) {
    byte[] address = NetUtil.createByteArrayFromIpAddressString(expected);
    for (Name name : names) {
      boolean fits =
          address == null
              ? name.type == DNS_NAME && dnsNameFits(name.value, expected)
              : name.type == IP_ADDRESS
                  && Arrays.equals(address, NetUtil.createByteArrayFromIpAddressString(name.value));
      if (fits) {
        return true;
      }
    }
    return false;
  }

  Diagnosis mismatch(String expected) {
    boolean misread = names.stream().anyMatch(name -> looksLike(name.value, expected));
    return new Diagnosis(
        "the remote's certificate is not for " + expected + ", but for " + told(),
        names.isEmpty()
            ? "the remote needs a certificate with a subject alternative name"
            : misread
                ? "set sni(...) to a name of the certificate, if this is the right remote; a star"
                    + " stands for one whole label in front of at least two, as in *.corp.example"
                : "set sni(...) to a name of the certificate, if this is the right remote");
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
  private static boolean looksLike(String pattern, String expected) {
    int star = pattern.lastIndexOf('*');
    if (star < 0) {
      return false;
    }
    String end = pattern.substring(star + 1);
    return expected.endsWith(end.startsWith(".") ? end.substring(1) : end);
  }

  private String told() {
    if (names.isEmpty()) {
      return subject(certificate) + " (it has no subject alternative name)";
    }
    String first =
        names.stream().limit(MAX_TOLD).map(Name::toString).collect(Collectors.joining(", "));
    int more = names.size() - MAX_TOLD;
    return more > 0 ? first + " and " + more + " more" : first;
  }

  private static Collection<List<?>> alternativeNames(X509Certificate certificate) {
    try {
      Collection<List<?>> names = certificate.getSubjectAlternativeNames();
      return names == null ? List.of() : names;
    } catch (CertificateParsingException e) {
      return List.of();
    }
  }
}
