package io.tlstunnel.diagnosis;

import java.time.Instant;
import java.util.List;

/**
 * A certificate of the chain that the remote presented.
 *
 * @param subject as RFC 2253 writes it: {@code CN=store,O=Example}
 * @param names its subject alternative names: host names and addresses; others with their kind in
 *     front, {@code uri:spiffe://…}
 * @param issuer who issued it
 * @param notBefore from when on it is valid
 * @param notAfter until when it is valid
 * @param daysLeft whole days until then; negative once it has expired
 */
public record PresentedCertificate(
    String subject,
    List<String> names,
    String issuer,
    Instant notBefore,
    Instant notAfter,
    long daysLeft) {
  /** Copies the list. */
  public PresentedCertificate {
    names = List.copyOf(names);
  }
}
