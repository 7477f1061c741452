package io.tlstunnel.internal.upstream;

import io.tlstunnel.internal.der.Der;
import io.tlstunnel.internal.der.DerException;
import java.nio.ByteBuffer;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import javax.security.auth.x500.X500Principal;
import org.jspecify.annotations.Nullable;

/**
 * Whether each CA of a path may certify the names below it, and the name that was asked for (RFC
 * 5280, 6.1.3 b and c): a certificate's star may stand for a name that a CA must not certify.
 */
final class NameRules {
  private static final String EMAIL_ADDRESS = "1.2.840.113549.1.9.1";

  /** Many names under many constraints would cost seconds. */
  private static final int MAX_COMPARISONS = 100_000;

  private static final String OTHER_CA =
      "the remote needs a certificate of a CA that may issue for its name";

  private final TrustPath path;
  private final GeneralName expected;
  private int comparisons;

  private NameRules(TrustPath path, String expected) {
    this.path = path;
    this.expected = GeneralName.host(expected);
  }

  static @Nullable Diagnosis wrong(TrustPath path, String expected) throws RefusedServerException {
    return path.pinned() ? null : new NameRules(path, expected).wrong();
  }

  /** Whether the JDK's path validation would look at names. */
  static boolean areConstrained(TrustPath path) throws RefusedServerException {
    for (X509Certificate certificate : path.issuers()) {
      if (CertificateExtensions.of(certificate).hasNameConstraints()) {
        return true;
      }
    }
    return false;
  }

  private @Nullable Diagnosis wrong() throws RefusedServerException {
    List<X509Certificate> downward = PathRules.downward(path);
    for (int i = 0; i < downward.size() - 1; i++) {
      X509Certificate issuer = downward.get(i);
      NameConstraints constraints = CertificateExtensions.of(issuer).nameConstraints();
      if (constraints.size() > 0) {
        Diagnosis wrong = wrongBelow(issuer, constraints, downward.subList(i + 1, downward.size()));
        if (wrong != null) {
          return wrong;
        }
      }
    }
    return null;
  }

  private @Nullable Diagnosis wrongBelow(
      X509Certificate issuer, NameConstraints constraints, List<X509Certificate> below)
      throws RefusedServerException {
    for (X509Certificate certificate : below) {
      // A CA's renewal of itself is for no new name.
      if (certificate.equals(path.leaf()) || !PathRules.isSelfIssued(certificate)) {
        Diagnosis wrong = wrongNames(issuer, constraints, certificate);
        if (wrong != null) {
          return wrong;
        }
      }
    }
    return constraints.allow(expected)
        ? null
        : new Diagnosis(
            "the CA "
                + CertificateNames.subject(issuer)
                + " may not certify "
                + expected
                + " (name constraints), whatever the remote's certificate says",
            OTHER_CA);
  }

  private @Nullable Diagnosis wrongNames(
      X509Certificate issuer, NameConstraints constraints, X509Certificate certificate)
      throws RefusedServerException {
    for (GeneralName name : names(certificate)) {
      comparisons += constraints.size();
      if (comparisons > MAX_COMPARISONS) {
        return new Diagnosis(
            "the remote's certificates have too many names and name constraints to compare",
            "let the remote send certificates with fewer names");
      }
      if (constraints.isBeyondJudgement(name)) {
        return new Diagnosis(
            "the certificate "
                + CertificateNames.subject(certificate)
                + " has a name of the kind "
                + name.kind()
                + ", which "
                + CertificateNames.subject(issuer)
                + " constrains and which cannot be judged here",
            "the remote needs a certificate without such a name, or of another CA");
      }
      if (!constraints.allow(name)) {
        return new Diagnosis(
            "the certificate "
                + CertificateNames.subject(certificate)
                + " is for names that one of its issuers may not certify (name constraints)",
            OTHER_CA);
      }
    }
    return null;
  }

  private static List<GeneralName> names(X509Certificate certificate)
      throws RefusedServerException {
    List<GeneralName> names =
        new ArrayList<>(CertificateExtensions.of(certificate).alternativeNames());
    X500Principal subject = certificate.getSubjectX500Principal();
    try {
      ByteBuffer parts = Der.last(ByteBuffer.wrap(subject.getEncoded()), Der.SEQUENCE);
      if (parts.hasRemaining()) {
        names.add(GeneralName.directory(subject));
      }
      for (Der.Element part : Der.all(parts)) {
        for (Der.Element attribute : Der.all(part.content())) {
          if (Der.objectId(attribute.content()).equals(EMAIL_ADDRESS)) {
            names.add(GeneralName.mail(Der.next(attribute.content()).content()));
          }
        }
      }
    } catch (DerException e) {
      throw new IllegalStateException("the JDK has written the name by itself", e);
    }
    return names;
  }
}
