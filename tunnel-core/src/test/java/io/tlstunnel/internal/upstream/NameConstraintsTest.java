package io.tlstunnel.internal.upstream;

import static io.tlstunnel.testpki.DerWriter.ascii;
import static io.tlstunnel.testpki.DerWriter.element;
import static io.tlstunnel.testpki.DerWriter.sequence;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.util.NetUtil;
import io.tlstunnel.internal.der.Der;
import io.tlstunnel.internal.der.DerException;
import io.tlstunnel.testpki.DerWriter;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import javax.security.auth.x500.X500Principal;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which names are in a subtree (RFC 5280, 4.2.1.10). */
class NameConstraintsTest {
  @ParameterizedTest(name = "{0} {1} holds {2}: {3}")
  @CsvSource({
    "dns, corp.test, corp.test, true",
    "dns, corp.test, a.b.corp.test, true",
    "dns, corp.test, A.CORP.test, true",
    "dns, corp.test, acorp.test, false",
    "dns, corp.test, test, false",
    "dns, corp.test, *.corp.test, true",
    "dns, a.corp.test, *.corp.test, false",
    "dns, .corp.test, a.corp.test, true",
    "dns, .corp.test, corp.test, false",
    "dns, '', anything.test, true",
    "dns, corp.test., a.corp.test, true",
    "dns, corp.test, a.corp.test., true",
    "mail, ops@corp.test, ops@CORP.test, true",
    "mail, ops@corp.test, Ops@corp.test, false",
    "mail, corp.test, ops@corp.test, true",
    "mail, corp.test, ops@a.corp.test, false",
    "mail, .corp.test, ops@a.corp.test, true",
    "mail, .corp.test, ops@corp.test, false",
    "mail, corp.test, '\"a@b\"@corp.test', true",
    "uri, corp.test, http://corp.test/x, true",
    "uri, corp.test, https://user@corp.test:80?q, true",
    "uri, corp.test, http://a.corp.test/, false",
    "uri, .corp.test, http://a.corp.test/, true",
    "uri, corp.test, http://corp.test.evil.test/, false",
    "uri, corp.test, http://corp.test@evil.test/, false",
    "ip, 10.0.0.0/255.0.0.0, 10.1.2.3, true",
    "ip, 10.0.0.0/255.0.0.0, 11.1.2.3, false",
    "ip, 10.0.0.0/255.0.0.0, 2001:db8::1, false",
    "ip, 2001:db8::/ffff:ffff::, 2001:db8:1::2, true",
    "ip, 2001:db8::/ffff:ffff::, 2001:db9::, false",
    "directory, 'O=Corp', 'CN=a,O=corp', true",
    "directory, 'O=Corp', 'CN=a,O=other', false",
    "directory, 'O=Corp', 'O=Corp,C=DE', false",
    "directory, 'CN=a,O=Corp', 'O=Corp', false",
  })
  void subtreeHoldsWhatIsBelowIt(String kind, String base, String name, boolean holds)
      throws Exception {
    byte[] subtree = sequence(encoded(kind, base));
    GeneralName asked = name(encoded(kind, name));
    assertThat(constraints(0xA0, subtree).allow(asked)).as("permitted").isEqualTo(holds);
    assertThat(constraints(0xA1, subtree).allow(asked)).as("excluded").isEqualTo(!holds);
  }

  /** What cannot be compared is not permitted, and excluded: it does harm in either place. */
  @ParameterizedTest(name = "{0} {2} below {1}")
  @CsvSource({
    "mail, corp.test, nobody",
    "uri, corp.test, urn:isbn:1",
    "uri, corp.test, http://127.0.0.1/",
    "uri, corp.test, http://[::1]/",
    "uri, corp.test, ::::",
  })
  void nameThatCannotBeReadIsRefused(String kind, String base, String name) throws Exception {
    byte[] subtree = sequence(encoded(kind, base));
    assertThat(constraints(0xA0, subtree).allow(name(encoded(kind, name)))).isFalse();
    assertThat(constraints(0xA1, subtree).allow(name(encoded(kind, name)))).isFalse();
  }

  @Test
  void namesOfOtherKindsAreFree() throws Exception {
    byte[] subtree = sequence(encoded("dns", "corp.test"));
    assertThat(constraints(0xA0, subtree).allow(name(encoded("uri", "urn:x")))).isTrue();
    assertThat(constraints(0xA0, subtree).allow(name(encoded("ip", "10.0.0.1")))).isTrue();
  }

  @Test
  void otherNameIsBeyondJudgementWhereItIsConstrained() throws Exception {
    byte[] other =
        element(0xA0, element(0x06, new byte[] {42, 3}), element(0xA0, new byte[] {5, 0}));
    assertThat(constraints(0xA0, sequence(other)).isBeyondJudgement(name(other))).isTrue();
    assertThat(constraints(0xA1, sequence(other)).isBeyondJudgement(name(other))).isTrue();
    byte[] dns = encoded("dns", "corp.test");
    assertThat(constraints(0xA1, sequence(dns)).isBeyondJudgement(name(other))).isFalse();
    assertThat(constraints(0xA1, sequence(dns)).isBeyondJudgement(name(dns))).isFalse();
  }

  @Test
  void whatRfc5280ForbidsIsMalformed() {
    byte[] dns = encoded("dns", "corp.test");
    byte[] minimum = element(0x80, new byte[] {1});
    assertMalformed(sequence());
    assertMalformed(sequence(element(0xA0)));
    assertMalformed(sequence(element(0xA0, sequence(dns, minimum))));
    assertMalformed(sequence(element(0xA0, sequence(dns, element(0x81, new byte[] {1})))));
    assertMalformed(sequence(element(0xA0, sequence(element(0x87, new byte[5])))));
    assertMalformed(sequence(element(0xA0, sequence(integer()))));
    assertMalformed(sequence(element(0xA2, sequence(dns))));
  }

  private static byte[] integer() {
    return DerWriter.integer(BigInteger.ONE);
  }

  private static void assertMalformed(byte[] encoded) {
    assertThatThrownBy(() -> NameConstraints.read(ByteBuffer.wrap(encoded)))
        .isInstanceOf(DerException.class);
  }

  private static NameConstraints constraints(int tag, byte[] subtree) throws DerException {
    return NameConstraints.read(ByteBuffer.wrap(sequence(element(tag, subtree))));
  }

  private static GeneralName name(byte[] encoded) throws DerException {
    return GeneralName.of(Der.next(ByteBuffer.wrap(encoded)));
  }

  private static byte[] encoded(String kind, String name) {
    return switch (kind) {
      case "dns" -> ascii(0x82, name);
      case "mail" -> ascii(0x81, name);
      case "uri" -> ascii(0x86, name);
      case "ip" -> element(0x87, addresses(name));
      default -> element(0xA4, new X500Principal(name).getEncoded());
    };
  }

  private static byte[][] addresses(String name) {
    String[] parts = name.split("/", -1);
    byte[][] addresses = new byte[parts.length][];
    for (int i = 0; i < parts.length; i++) {
      addresses[i] = NetUtil.createByteArrayFromIpAddressString(parts[i]);
    }
    return addresses;
  }
}
