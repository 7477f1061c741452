package io.tlstunnel.testpki;

import static io.tlstunnel.testpki.DerWriter.bits;
import static io.tlstunnel.testpki.DerWriter.bool;
import static io.tlstunnel.testpki.DerWriter.element;
import static io.tlstunnel.testpki.DerWriter.integer;
import static io.tlstunnel.testpki.DerWriter.octets;
import static io.tlstunnel.testpki.DerWriter.oid;
import static io.tlstunnel.testpki.DerWriter.sequence;
import static io.tlstunnel.testpki.DerWriter.time;

import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.Signature;
import java.time.Duration;
import java.time.Instant;

/** A revocation list of an EC authority that revokes nobody, for a week. */
public final class RevocationList {
  private RevocationList() {}

  /** A complete list. */
  public static byte[] of(Issued issuer) {
    return list(issuer, new byte[0]);
  }

  /** A list of the changes since another one, which says so in a critical extension. */
  public static byte[] delta(Issued issuer) {
    byte[] base = octets(integer(BigInteger.ONE));
    return list(issuer, element(0xA0, sequence(sequence(oid("2.5.29.27"), bool(true), base))));
  }

  /** A list with an extension of any kind. */
  public static byte[] with(Issued issuer, String id, boolean critical) {
    byte[] value = octets(integer(BigInteger.ONE));
    byte[] extension = critical ? sequence(oid(id), bool(true), value) : sequence(oid(id), value);
    return list(issuer, element(0xA0, sequence(extension)));
  }

  private static byte[] list(Issued issuer, byte[] extensions) {
    try {
      byte[] algorithm = sequence(oid("1.2.840.10045.4.3.2"));
      byte[] body =
          sequence(
              integer(BigInteger.ONE),
              algorithm,
              issuer.certificate().getSubjectX500Principal().getEncoded(),
              time(Instant.now().minus(Duration.ofDays(1))),
              time(Instant.now().plus(Duration.ofDays(7))),
              extensions);
      Signature signature = Signature.getInstance("SHA256withECDSA");
      signature.initSign(issuer.key());
      signature.update(body);
      return sequence(body, algorithm, bits(0, signature.sign()));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }
}
