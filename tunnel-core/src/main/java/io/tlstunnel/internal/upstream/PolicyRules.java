package io.tlstunnel.internal.upstream;

import io.tlstunnel.internal.upstream.CertificateExtensions.PolicyConstraints;
import io.tlstunnel.internal.upstream.CertificateExtensions.PolicyMapping;
import java.security.cert.X509Certificate;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Certificate policies (RFC 5280, 6.1.3 d to f, 6.1.4 and 6.1.5). The tunnel asks for none; a CA on
 * the way may demand that some policy holds from the top to the bottom.
 *
 * <p>Which policies are valid is kept as a set, not as a tree: the tree's upper part matters only
 * to who asks for certain policies. What a trusted certificate says counts too (RFC 5937); if it
 * names no policy, it allows all.
 */
final class PolicyRules {
  private static final String ANY = "2.5.29.32.0";

  private Set<String> valid = Set.of(ANY);
  private int explicit = PolicyConstraints.NEVER;
  private int mapping = PolicyConstraints.NEVER;
  private int inhibitAny = PolicyConstraints.NEVER;

  private PolicyRules() {}

  /** Whether a path, the trusted certificate first, keeps the policies that its CAs demand. */
  static boolean hold(List<X509Certificate> downward) throws RefusedServerException {
    PolicyRules rules = new PolicyRules();
    for (int i = 0; i < downward.size(); i++) {
      boolean last = i == downward.size() - 1;
      CertificateExtensions extensions = CertificateExtensions.of(downward.get(i));
      boolean selfIssued = PathRules.isSelfIssued(downward.get(i));
      if (i > 0 || extensions.hasPolicies()) {
        rules.narrow(extensions, selfIssued && !last);
      }
      // The last certificate counts for itself (6.1.5 a and b), the others for what is below.
      if (!last) {
        boolean broken = i > 0 && rules.explicit == 0 && rules.valid.isEmpty();
        if (broken || !rules.map(extensions)) {
          return false;
        }
      }
      rules.count(extensions, i > 0 && (last || !selfIssued));
    }
    return rules.explicit > 0 || !rules.valid.isEmpty();
  }

  private void narrow(CertificateExtensions extensions, boolean selfIssued)
      throws RefusedServerException {
    Set<String> named = extensions.policies();
    Set<String> kept = new HashSet<>();
    for (String policy : named) {
      if (!policy.equals(ANY) && (valid.contains(policy) || valid.contains(ANY))) {
        kept.add(policy);
      }
    }
    if (named.contains(ANY) && (inhibitAny > 0 || selfIssued)) {
      kept.addAll(valid);
    }
    valid = kept;
  }

  /** False if a mapping is from or to any policy, which is forbidden. */
  private boolean map(CertificateExtensions extensions) throws RefusedServerException {
    Set<String> mapped = new HashSet<>(valid);
    List<PolicyMapping> mappings = extensions.policyMappings();
    for (PolicyMapping each : mappings) {
      if (each.issuers().equals(ANY) || each.subjects().equals(ANY)) {
        return false;
      }
      mapped.remove(each.issuers());
    }
    for (PolicyMapping each : mappings) {
      if (mapping > 0 && (valid.contains(each.issuers()) || valid.contains(ANY))) {
        mapped.add(each.subjects());
      }
    }
    valid = mapped;
    return true;
  }

  private void count(CertificateExtensions extensions, boolean counts)
      throws RefusedServerException {
    if (counts) {
      explicit = lower(explicit);
      mapping = lower(mapping);
      inhibitAny = lower(inhibitAny);
    }
    PolicyConstraints constraints = extensions.policyConstraints();
    explicit = Math.min(explicit, constraints.requireExplicit());
    mapping = Math.min(mapping, constraints.inhibitMapping());
    inhibitAny = Math.min(inhibitAny, extensions.inhibitAnyPolicy());
  }

  private static int lower(int count) {
    return count == PolicyConstraints.NEVER || count == 0 ? count : count - 1;
  }
}
