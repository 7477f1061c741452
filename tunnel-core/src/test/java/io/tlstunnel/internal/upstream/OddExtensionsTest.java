package io.tlstunnel.internal.upstream;

import static io.tlstunnel.testpki.DerWriter.bits;
import static io.tlstunnel.testpki.DerWriter.bool;
import static io.tlstunnel.testpki.DerWriter.element;
import static io.tlstunnel.testpki.DerWriter.integer;
import static io.tlstunnel.testpki.DerWriter.octets;
import static io.tlstunnel.testpki.DerWriter.oid;
import static io.tlstunnel.testpki.DerWriter.sequence;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.tlstunnel.testpki.CertificateSpec;
import io.tlstunnel.testpki.DerWriter;
import io.tlstunnel.testpki.Issued;
import io.tlstunnel.testpki.TestKeys;
import io.tlstunnel.tls.ServerTrust;
import java.math.BigInteger;
import java.security.KeyPair;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every extension that the JDK or the tunnel knows, damaged in every way that comes to mind, in the
 * remote's certificate, in an intermediate's and in a trusted one: refused or accepted, but never
 * with an exception of a library or with its text.
 */
@Tag("trials")
class OddExtensionsTest {
  private static final String SIGNS = "ECDHE_ECDSA";
  private static final boolean[] NOT_CRITICAL = {false};
  private static final boolean[] BOTH = {false, true};
  private static final Pattern LIBRARY_TEXT =
      Pattern.compile("null|Exception|\\b(java|sun|javax|io)\\.|PKIX|[a-z][A-Z]\\w*@");

  /** Keys of one's own for each of a thousand certificates would cost seconds. */
  private static final KeyPair KEYS = TestKeys.ec();

  private static final Issued ROOT =
      CertificateSpec.of("CN=root").keys(KEYS).authority().selfSigned();
  private static final Issued MIDDLE =
      CertificateSpec.of("CN=middle").keys(TestKeys.ec()).authority().signedBy(ROOT);
  private static final ServerJudge JUDGE = judgeTrusting(ROOT);

  private enum Where {
    LEAF,
    INTERMEDIATE,
    TRUSTED
  }

  /** Sound values, from which the damaged ones are made. */
  private static final Map<String, byte[]> SOUND = sound();

  static Stream<Arguments> extensions() {
    return SOUND.keySet().stream()
        .flatMap(
            id ->
                Stream.of(Where.values())
                    .map(
                        where -> Arguments.of("27 odd extension " + id + ", " + where, id, where)));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("extensions")
  void isRefusedOrAcceptedInPlainWords(String row, String id, Where where) {
    int refused = 0;
    for (byte[] value : damaged(requireNonNull(SOUND.get(id)), id.hashCode())) {
      // What nobody trusts who cannot read it was never made a trusted certificate.
      for (boolean critical : where == Where.TRUSTED ? NOT_CRITICAL : BOTH) {
        String told = judge(id, critical, value, where);
        if (told != null) {
          refused++;
          assertThat(told)
              .as("%s %s", row, Arrays.toString(value))
              .isNotBlank()
              .doesNotContainPattern(LIBRARY_TEXT);
        }
      }
    }
    if (where != Where.TRUSTED) {
      assertThat(refused).as("critical garbage is never accepted").isPositive();
    }
  }

  /** Null if accepted. */
  private static @Nullable String judge(String id, boolean critical, byte[] value, Where where) {
    try {
      CertificateSpec leaf = CertificateSpec.of("CN=leaf").keys(KEYS);
      if (where == Where.LEAF) {
        leaf.extension(id, critical, value);
      }
      if (where != Where.LEAF || !id.equals("2.5.29.17")) {
        leaf.dns("remote.example");
      }
      if (where == Where.TRUSTED) {
        Issued root = ca("CN=top", id, critical, value).selfSigned();
        judgeTrusting(root).judge(read(leaf.signedBy(root).chain()), SIGNS);
      } else {
        Issued issuer =
            where == Where.LEAF ? MIDDLE : ca("CN=below", id, critical, value).signedBy(ROOT);
        JUDGE.judge(read(leaf.signedBy(issuer).chain()), SIGNS);
      }
      return null;
    } catch (RefusedServerException e) {
      return e.diagnosis().cause() + " " + e.diagnosis().remedy();
    } catch (IllegalStateException unreadable) {
      // The JDK could not even read what the test has minted: no remote's chain comes so far.
      assertThat(unreadable).hasCauseInstanceOf(CertificateException.class);
      return CertificateDiagnosis.unreadable().cause();
    }
  }

  private static List<X509Certificate> read(List<X509Certificate> chain)
      throws RefusedServerException {
    return RemoteChain.read(chain.toArray(new X509Certificate[0]));
  }

  private static ServerJudge judgeTrusting(Issued root) {
    return new ServerJudge(
        ServerTrust.certificates(List.of(root.certificate())), new ServerName("remote.example"));
  }

  private static CertificateSpec ca(String name, String id, boolean critical, byte[] value) {
    boolean replaces = id.equals("2.5.29.19") || id.equals("2.5.29.15");
    CertificateSpec spec = CertificateSpec.of(name).keys(KEYS);
    return (replaces ? spec : spec.authority()).extension(id, critical, value);
  }

  private static List<byte[]> damaged(byte[] sound, int seed) {
    Random random = new Random(seed);
    List<byte[]> values = new ArrayList<>();
    values.add(new byte[0]);
    values.add(new byte[] {5, 0});
    values.add(sequence());
    values.add(octets(sound));
    values.add(DerWriter.join(sound, new byte[] {0}));
    values.add(Arrays.copyOf(sound, sound.length - 1));
    values.add(new byte[] {0x30, (byte) 0x84, 0x7F, -1, -1, -1});
    values.add(new byte[] {0x30, (byte) 0x80, 0, 0});
    values.add(element(0x3F, sound));
    for (int i = 0; i < 2; i++) {
      byte[] flipped = sound.clone();
      flipped[random.nextInt(flipped.length)] ^= (byte) (1 << random.nextInt(8));
      values.add(flipped);
    }
    return values;
  }

  private static Map<String, byte[]> sound() {
    byte[] name = DerWriter.ascii(0x82, "remote.example");
    byte[] policy = sequence(oid("1.3.6.1.4.1.99999.2"));
    Map<String, byte[]> values = new TreeMap<>();
    values.put("2.5.29.14", octets(new byte[20]));
    values.put("2.5.29.15", bits(1, new byte[] {0x06}));
    values.put("2.5.29.16", sequence(DerWriter.ascii(0x80, "20200101000000Z")));
    values.put("2.5.29.17", sequence(name));
    values.put("2.5.29.18", sequence(name));
    values.put("2.5.29.19", sequence(bool(true), integer(BigInteger.TWO)));
    values.put("2.5.29.30", sequence(element(0xA0, sequence(name))));
    values.put(
        "2.5.29.31", sequence(sequence(element(0xA0, element(0xA0, DerWriter.ascii(0x86, "u"))))));
    values.put("2.5.29.32", sequence(policy));
    values.put("2.5.29.33", sequence(sequence(oid("1.2.3"), oid("1.2.4"))));
    values.put("2.5.29.35", sequence(element(0x80, new byte[20])));
    values.put("2.5.29.36", sequence(element(0x80, new byte[] {0})));
    values.put("2.5.29.37", sequence(oid("1.3.6.1.5.5.7.3.1")));
    values.put("2.5.29.46", sequence(sequence(element(0xA0, element(0xA0, name)))));
    values.put("2.5.29.54", integer(BigInteger.ZERO));
    values.put("1.3.6.1.5.5.7.1.1", sequence(sequence(oid("1.3.6.1.5.5.7.48.1"), name)));
    values.put("1.3.6.1.5.5.7.1.24", sequence(integer(BigInteger.valueOf(5))));
    values.put("2.16.840.1.113730.1.1", bits(0, new byte[] {0x40}));
    values.put("1.3.6.1.4.1.99999.1", sequence());
    return values;
  }
}
