package io.tlstunnel.internal.upstream;

import static io.tlstunnel.testpki.DerWriter.element;
import static io.tlstunnel.testpki.DerWriter.integer;
import static io.tlstunnel.testpki.DerWriter.oid;
import static io.tlstunnel.testpki.DerWriter.sequence;
import static org.assertj.core.api.Assertions.assertThat;

import io.tlstunnel.testpki.CertificateSpec;
import io.tlstunnel.testpki.Issued;
import java.math.BigInteger;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Policies from the top to the bottom. A certificate is written as its policies and its rules: p
 * and q are policies, * is any policy, E0 demands a policy from here on, E1 from one certificate
 * later, A0 forbids any policy, M0 forbids mappings, p=q maps; - says nothing.
 */
class PolicyRulesTest {
  @ParameterizedTest(name = "{0}: {1}")
  @CsvSource({
    "'- - -', true",
    "'- p q', true",
    "'- E0,p p', true",
    "'- E0,p q', false",
    "'- E0,p -', false",
    "'- E0 -', false",
    "'- E0,* p', true",
    "'- E0,* *', true",
    "'- E0,*,A0 *', false",
    "'- E0,p *', true",
    "'E0,p p p', true",
    "'E0,p q q', false",
    "'E0,p - p', false",
    "'E0 p p', true",
    "'E0 p q', false",
    "'E0 p -', false",
    "'p p E0,p', true",
    "'p p E0,q', false",
    "'- E1,- -', false",
    "'- E2,- -', true",
    "'- E0,p,p=q q', true",
    "'- E0,p,p=q p', false",
    "'M0 E0,p,p=q q', false",
    "'- *,*=q q', false",
    "'A0 E0,* p', false",
    "'A1 E0,* p', true",
    "'- E0,p p p', true",
    "'- E0,p p q', false",
  })
  void policyHoldsFromTheTopToTheBottom(String path, boolean holds) throws Exception {
    List<X509Certificate> downward = new ArrayList<>();
    @Nullable Issued issuer = null;
    String[] certificates = path.split(" ", -1);
    for (int i = 0; i < certificates.length; i++) {
      issuer = certificate("CN=" + i, certificates[i]).signedBy(issuer);
      downward.add(issuer.certificate());
    }
    assertThat(PolicyRules.hold(downward)).isEqualTo(holds);
  }

  private static CertificateSpec certificate(String subject, String says) {
    CertificateSpec spec = CertificateSpec.of(subject).authority();
    List<byte[]> policies = new ArrayList<>();
    for (String word : says.split(",", -1)) {
      byte[] number = {(byte) (word.charAt(word.length() - 1) - '0')};
      switch (word.charAt(0)) {
        case 'E' -> spec.extension("2.5.29.36", true, sequence(element(0x80, number)));
        case 'M' -> spec.extension("2.5.29.36", true, sequence(element(0x81, number)));
        case 'A' -> spec.extension("2.5.29.54", true, integer(new BigInteger(number)));
        case '-' -> {
          // Nothing is said.
        }
        default -> {
          String[] mapped = word.split("=", -1);
          if (mapped.length == 1) {
            policies.add(sequence(id(word)));
          } else {
            spec.extension("2.5.29.33", true, sequence(sequence(id(mapped[0]), id(mapped[1]))));
          }
        }
      }
    }
    return policies.isEmpty()
        ? spec
        : spec.extension("2.5.29.32", false, sequence(policies.toArray(byte[][]::new)));
  }

  private static byte[] id(String policy) {
    return oid(
        switch (policy) {
          case "*" -> "2.5.29.32.0";
          case "p" -> "1.3.6.1.4.1.99999.2";
          default -> "1.3.6.1.4.1.99999.3";
        });
  }
}
