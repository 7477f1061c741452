package io.tlstunnel.internal.upstream;

import io.tlstunnel.internal.der.Der;
import io.tlstunnel.internal.der.DerException;
import java.nio.ByteBuffer;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What a certificate says of itself (RFC 5280, 4.2), read from its own octets.
 *
 * <p>Not from the JDK's object: the JDK shares one object per certificate among all that is in the
 * JVM, and its check of name constraints adds the subject's CN to that object's names. It also
 * takes an extension that it cannot read for one that is absent, so that a restriction is lost.
 */
final class CertificateExtensions {
  private static final String KEY_USAGE = "2.5.29.15";
  private static final String ALTERNATIVE_NAMES = "2.5.29.17";
  private static final String ISSUER_ALTERNATIVE_NAMES = "2.5.29.18";
  private static final String BASIC_CONSTRAINTS = "2.5.29.19";
  private static final String NAME_CONSTRAINTS = "2.5.29.30";
  private static final String POLICIES = "2.5.29.32";
  private static final String POLICY_MAPPINGS = "2.5.29.33";
  private static final String POLICY_CONSTRAINTS = "2.5.29.36";
  private static final String EXTENDED_KEY_USAGE = "2.5.29.37";
  private static final String INHIBIT_ANY_POLICY = "2.5.29.54";

  /** All that are judged, and issuers' alternative names, which mean nothing to anybody. */
  private static final Set<String> KNOWN =
      Set.of(
          KEY_USAGE,
          ALTERNATIVE_NAMES,
          ISSUER_ALTERNATIVE_NAMES,
          BASIC_CONSTRAINTS,
          NAME_CONSTRAINTS,
          POLICIES,
          POLICY_MAPPINGS,
          POLICY_CONSTRAINTS,
          EXTENDED_KEY_USAGE,
          INHIBIT_ANY_POLICY);

  static final int DIGITAL_SIGNATURE = 0;
  static final int KEY_ENCIPHERMENT = 2;
  static final int KEY_CERT_SIGN = 5;
  static final int CRL_SIGN = 6;

  static final String SERVER_AUTH = "1.3.6.1.5.5.7.3.1";
  static final String ANY_PURPOSE = "2.5.29.37.0";

  /** How a part of an extension is read. */
  private interface Reader<T> {
    T read(ByteBuffer content) throws DerException;
  }

  /** A value of a policy extension that says after how many certificates a rule begins. */
  record PolicyConstraints(int requireExplicit, int inhibitMapping) {
    static final int NEVER = Integer.MAX_VALUE;
  }

  /** One policy of the issuer that counts as one of the subject. */
  record PolicyMapping(String issuers, String subjects) {}

  private final X509Certificate certificate;
  private final Map<String, byte[]> values = new HashMap<>();
  private final Set<String> critical = new TreeSet<>();

  private CertificateExtensions(X509Certificate certificate) throws DerException {
    this.certificate = certificate;
    ByteBuffer body =
        Der.next(Der.next(encoded(certificate), Der.SEQUENCE).content(), Der.SEQUENCE).content();
    for (Der.Element element : Der.all(body)) {
      if (element.tag() == Der.CONTEXT_3) {
        for (Der.Element extension : Der.all(Der.last(element.content(), Der.SEQUENCE))) {
          add(extension.content());
        }
      }
    }
  }

  /**
   * Reads the list, and of each extension no more than its name.
   *
   * @throws RefusedServerException if there is no making out the list
   */
  static CertificateExtensions of(X509Certificate certificate) throws RefusedServerException {
    try {
      return new CertificateExtensions(certificate);
    } catch (DerException e) {
      throw malformed(certificate, "list of extensions", e);
    }
  }

  boolean isAuthority() throws RefusedServerException {
    return read(
        BASIC_CONSTRAINTS,
        "basic constraints",
        false,
        in -> isTrue(Der.optional(Der.last(in, Der.SEQUENCE), Der.BOOLEAN)));
  }

  /** How many further CAs may be below this one; without a limit 2^31-1. */
  int pathLength() throws RefusedServerException {
    return read(
        BASIC_CONSTRAINTS,
        "basic constraints",
        Integer.MAX_VALUE,
        in -> {
          ByteBuffer content = Der.last(in, Der.SEQUENCE);
          Der.optional(content, Der.BOOLEAN);
          return content.hasRemaining()
              ? Der.count(Der.last(content, Der.INTEGER))
              : Integer.MAX_VALUE;
        });
  }

  /** Whether the key may be used so; a certificate that names no usage is for all. */
  boolean permitsUse(int bit) throws RefusedServerException {
    return read(
        KEY_USAGE,
        "key usage",
        true,
        in -> {
          ByteBuffer bits = Der.last(in, Der.BIT_STRING);
          if (!bits.hasRemaining()) {
            throw new DerException("a bit string is empty", null);
          }
          bits.get();
          return bits.hasRemaining() && (bits.get() & 0x80 >> bit) != 0;
        });
  }

  /** Whether a purpose is named; a certificate that names no purpose is for all. */
  boolean permitsPurpose(String purpose) throws RefusedServerException {
    return read(
        EXTENDED_KEY_USAGE,
        "extended key usage",
        true,
        in -> objectIds(Der.last(in, Der.SEQUENCE)).contains(purpose));
  }

  /** Whether there is the extension, be it empty. */
  boolean hasAlternativeNames() {
    return values.containsKey(ALTERNATIVE_NAMES);
  }

  List<GeneralName> alternativeNames() throws RefusedServerException {
    return read(
        ALTERNATIVE_NAMES,
        "subject alternative name",
        List.of(),
        in -> GeneralName.all(Der.last(in, Der.SEQUENCE)));
  }

  boolean hasNameConstraints() {
    return values.containsKey(NAME_CONSTRAINTS);
  }

  NameConstraints nameConstraints() throws RefusedServerException {
    return read(NAME_CONSTRAINTS, "name constraints", NameConstraints.NONE, NameConstraints::read);
  }

  boolean hasPolicies() {
    return values.containsKey(POLICIES);
  }

  Set<String> policies() throws RefusedServerException {
    return read(
        POLICIES,
        "certificate policies",
        Set.of(),
        in -> {
          Set<String> policies = new HashSet<>();
          for (Der.Element policy : Der.all(Der.last(in, Der.SEQUENCE))) {
            policies.add(Der.objectId(policy.content()));
          }
          return policies;
        });
  }

  List<PolicyMapping> policyMappings() throws RefusedServerException {
    return read(
        POLICY_MAPPINGS,
        "policy mappings",
        List.of(),
        in -> {
          List<PolicyMapping> mappings = new ArrayList<>();
          for (Der.Element mapping : Der.all(Der.last(in, Der.SEQUENCE))) {
            mappings.add(
                new PolicyMapping(
                    Der.objectId(mapping.content()), Der.objectId(mapping.content())));
          }
          return mappings;
        });
  }

  PolicyConstraints policyConstraints() throws RefusedServerException {
    return read(
        POLICY_CONSTRAINTS,
        "policy constraints",
        new PolicyConstraints(PolicyConstraints.NEVER, PolicyConstraints.NEVER),
        in -> {
          ByteBuffer content = Der.last(in, Der.SEQUENCE);
          Der.Element explicit = Der.optional(content, 0x80);
          Der.Element mapping = Der.optional(content, 0x81);
          return new PolicyConstraints(
              explicit == null ? PolicyConstraints.NEVER : Der.count(explicit.content()),
              mapping == null ? PolicyConstraints.NEVER : Der.count(mapping.content()));
        });
  }

  int inhibitAnyPolicy() throws RefusedServerException {
    return read(
        INHIBIT_ANY_POLICY,
        "inhibit any-policy",
        PolicyConstraints.NEVER,
        in -> Der.count(Der.last(in, Der.INTEGER)));
  }

  /** Whoever does not know a critical extension must not accept the certificate. */
  Set<String> unknownCritical() {
    Set<String> unknown = new TreeSet<>(critical);
    unknown.removeAll(KNOWN);
    return unknown;
  }

  private void add(ByteBuffer extension) throws DerException {
    String id = Der.objectId(extension);
    if (isTrue(Der.optional(extension, Der.BOOLEAN))) {
      critical.add(id);
    }
    if (values.put(id, Der.bytes(Der.last(extension, Der.OCTET_STRING))) != null) {
      throw new DerException("an extension is there twice", null);
    }
  }

  private <T> T read(String id, String name, T absent, Reader<T> reader)
      throws RefusedServerException {
    byte[] value = values.get(id);
    try {
      return value == null ? absent : reader.read(ByteBuffer.wrap(value));
    } catch (DerException e) {
      throw malformed(certificate, name, e);
    }
  }

  private static RefusedServerException malformed(
      X509Certificate certificate, String name, DerException e) {
    return new RefusedServerException(
        new Diagnosis(
            "the certificate "
                + CertificateNames.subject(certificate)
                + " has a malformed "
                + name
                + ": "
                + e.getMessage(),
            "let its CA issue it anew"));
  }

  private static boolean isTrue(Der.@Nullable Element element) {
    return element != null && element.content().hasRemaining() && element.content().get(0) != 0;
  }

  private static Set<String> objectIds(ByteBuffer in) throws DerException {
    Set<String> ids = new HashSet<>();
    while (in.hasRemaining()) {
      ids.add(Der.objectId(in));
    }
    return ids;
  }

  private static ByteBuffer encoded(X509Certificate certificate) throws DerException {
    try {
      return ByteBuffer.wrap(certificate.getEncoded());
    } catch (CertificateEncodingException e) {
      throw new DerException("its octets are lost", e);
    }
  }
}
