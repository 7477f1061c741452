package io.tlstunnel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.IDN;
import java.text.Normalizer;
import java.util.Locale;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Names that IDNA 2003 and IDNA 2008 read differently lead to different hosts: none is taken. */
@Tag("trials")
class InternationalNameTest {
  private static final String UNLIKE =
      "' (expected: its xn-- form, since IDNA 2003 and IDNA 2008 do not read this name alike)";

  @ParameterizedTest(name = "7 {1}: {0}")
  @CsvSource({
    "fa\u00df.de, sharp s",
    "FA\u1E9E.de, capital sharp s",
    "www.stra\u00dfe.example, sharp s in a later label",
    "\u03b2\u03cc\u03bb\u03bf\u03c2.com, final sigma",
    "\u0392\u038c\u039b\u039f\u03a3.com, capitals that end in sigma",
    "\u0646\u0627\u0645\u0647\u200c\u0627\u06cc.com, zero width non-joiner",
    "\u0dc1\u0dca\u200d\u0dbb\u0dd3.com, zero width joiner",
    "\uff41.test, full width",
    "a\uff0etest, full width dot",
    "a\u3002test, ideographic dot",
    "a\u00adb.test, soft hyphen",
    "\ufb01n.test, ligature",
    "\u2167.test, Roman numeral",
    "\u00aa.test, ordinal",
    "\u017fs.test, long s",
    "\u2665.test, symbol",
    "\ud83d\ude00.test, emoji",
    "\u0221.test, letter that is younger than Unicode 3.2",
    "\u13a0.test, Cherokee",
    "\u0301a.test, accent at the beginning",
    "a\u20d2.test, mark for symbols",
    "l\u00b7l.test, middle dot",
    "\u0661\u0662.test, Arabic digits",
    "\u0640\u0627.test, tatweel",
    "\u1100.test, old Hangul letter",
    "-\u00e4.test, hyphen in front",
    "\u00e4b--c.test, hyphens in the middle",
    "xn--\u00e4.test, a prefix that is no prefix",
    "\u00e4_b.test, underscore",
    "1a.\u05d0\u05d1.test, digit in front beside Hebrew"
  })
  void nameThatIsReadDifferentlyIsRefused(String name, String what) {
    assertThatThrownBy(() -> TlsTunnel.builder().upstream(name, 443))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("host: '" + name + UNLIKE);
    assertThatThrownBy(() -> TlsTunnel.builder().listen(name, 0))
        .hasMessage("host: '" + name + UNLIKE);
    assertThatThrownBy(() -> TlsTunnel.builder().sni(name)).hasMessage("sni: '" + name + UNLIKE);
    assertThatThrownBy(() -> TlsTunnel.builder().authority(name))
        .hasMessage("authority: '" + name + "' (expected: host or host:port)");
  }

  @ParameterizedTest(name = "7 read alike: {0}")
  @CsvSource({
    "bücher.test, xn--bcher-kva.test",
    "BÜCHER.test, xn--bcher-kva.test",
    "ñandú.test, xn--and-6ma2c.test",
    "ελλάδα.test, xn--hxakic4aa.test",
    "пример.test, xn--e1afmkfd.test",
    "україна.test, xn--80aa2annq7l.test",
    "ışık.test, xn--k-ekaa7p.test",
    "ไทย.test, xn--o3cw4h.test",
    "हिन्दी.test, xn--j2bd4cyah0f.test",
    "தமிழ்.test, xn--rlcus7b3d.test",
    "日本語.test, xn--wgv71a119e.test",
    "中文.test, xn--fiq228c.test",
    "한국어.test, xn--3e0bk47br7k.test",
    "עברית.test, xn--5dbqzzl.test",
    "العربية.test, xn--mgbcd4a2b0d2b.test",
    "فارسی.test, xn--mgbug7c06b.test",
    "ქართული.test, xn--lododh2atk.test",
    "հայերեն.test, xn--y9aia5b0ai2e.test",
    "žluťoučký.test, xn--luouk-uva4it5a4g.test",
    "øre.test, xn--re-kka.test",
    "łódź.test, xn--d-uga0v4h.test",
    "đường.test, xn--ng-pma05d708i.test",
    "a.ελ.test, a.xn--qxam.test"
  })
  void nameThatBothReadAlikeIsTaken(String name, String ascii) {
    assertThat(Checks.host(name, "host")).isEqualTo(ascii);
    assertThat(Checks.dnsName(name, "sni")).isEqualTo(ascii);
    assertThat(Checks.host(ascii, "host")).isEqualTo(ascii);
  }

  @Test
  @DisplayName("7 the xn-- form of what is read differently is taken as it is")
  void asciiFormIsTakenAsItIs() {
    for (String name : new String[] {"xn--fa-hia.de", "XN--FA-HIA.de", "xn--nxasmm1c.com"}) {
      assertThat(Checks.host(name, "host")).isEqualTo(name);
      assertThat(Checks.dnsName(name, "sni")).isEqualToIgnoringCase(name);
    }
  }

  /** Not by the rules of the code, but by what its result must be like. */
  @Test
  @DisplayName("7 of all characters of Unicode those are taken that nobody maps to another name")
  void everyCharacterThatIsTakenStaysWhatItIs() {
    int taken = 0;
    for (int c = 0x80; c <= Character.MAX_CODE_POINT; c++) {
      if (c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE) {
        continue;
      }
      String name = "a" + Character.toString(c) + "b";
      if (!InternationalName.isUnanimous(name)) {
        continue;
      }
      taken++;
      String small = name.toLowerCase(Locale.ROOT);
      assertThat(Normalizer.normalize(small, Normalizer.Form.NFKC))
          .as("U+%04X has no compatibility mapping", c)
          .isEqualTo(Normalizer.normalize(small, Normalizer.Form.NFC));
      assertThat(IDN.toUnicode(IDN.toASCII(name)))
          .as("U+%04X comes back from its xn-- form", c)
          .isEqualTo(Normalizer.normalize(small, Normalizer.Form.NFC));
      assertThat(Character.isLetterOrDigit(c) || isMark(c)).as("U+%04X is of words", c).isTrue();
      assertThat(Character.isIdentifierIgnorable(c)).as("U+%04X is seen", c).isFalse();
    }
    assertThat(taken).as("characters that are taken").isBetween(60_000, 100_000);
  }

  private static boolean isMark(int c) {
    int type = Character.getType(c);
    return type == Character.NON_SPACING_MARK || type == Character.COMBINING_SPACING_MARK;
  }
}
