package io.tlstunnel;

import java.net.IDN;
import java.text.Normalizer;
import java.util.Locale;

/**
 * Host names in letters beyond ASCII. The JDK turns them into their {@code xn--} form as IDNA 2003
 * has it, registries and browsers go by IDNA 2008, and where the two differ the name leads to
 * another host, which may be another owner's: {@code faß.de} is {@code fass.de} or {@code
 * xn--fa-hia.de}. So only names that both read alike are taken.
 *
 * <p>Of those a few are refused, too, rather than that the context rules of RFC 5892, appendix A,
 * are followed: middle dots and Arabic-Indic digits.
 */
final class InternationalName {
  private InternationalName() {}

  /** Whether IDNA 2003 and IDNA 2008 read a name alike; of a name in ASCII they do. */
  static boolean isUnanimous(String name) {
    boolean rightToLeft = name.codePoints().anyMatch(InternationalName::isRightToLeft);
    for (String label : name.split("\\.", -1)) {
      if (!isAscii(label) && !isUnanimousLabel(label)) {
        return false;
      }
      if (rightToLeft && !label.isEmpty() && !obeysBidiRule(label)) {
        return false;
      }
    }
    return true;
  }

  private static boolean isUnanimousLabel(String label) {
    // All that IDNA 2008 lets a program do to what a user has typed (RFC 5895, 2).
    String plain = Normalizer.normalize(label.toLowerCase(Locale.ROOT), Normalizer.Form.NFC);
    boolean hyphensInOrder =
        !plain.startsWith("-") && !plain.endsWith("-") && !plain.startsWith("--", 2);
    if (!hyphensInOrder
        || isMark(plain.codePointAt(0))
        || !plain.codePoints().allMatch(InternationalName::isValid)) {
      return false;
    }
    try {
      // IDNA 2003 maps much more, and what it maps is another name to IDNA 2008.
      return IDN.toUnicode(IDN.toASCII(label)).equals(plain);
    } catch (IllegalArgumentException e) {
      // It knows no character that is younger than Unicode 3.2.
      return false;
    }
  }

  /** Whether IDNA 2008 allows a code point wherever it stands (PVALID; RFC 5892, 2 and 3). */
  private static boolean isValid(int c) {
    if (c < 0x80) {
      return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
    }
    return switch (Character.getType(c)) {
      case Character.LOWERCASE_LETTER,
          Character.OTHER_LETTER,
          Character.MODIFIER_LETTER,
          Character.DECIMAL_DIGIT_NUMBER,
          Character.NON_SPACING_MARK,
          Character.COMBINING_SPACING_MARK ->
          !isException(c);
      default -> false;
    };
  }

  /** Letters, digits and marks that are not allowed, or only beside others (RFC 5892, 2.6-2.9). */
  private static boolean isException(int c) {
    return c == 0x0640
        || c == 0x07FA
        || c == 0x0375
        || (c >= 0x0660 && c <= 0x0669)
        || (c >= 0x06F0 && c <= 0x06F9)
        || (c >= 0x302E && c <= 0x3035)
        || c == 0x303B
        || (c >= 0x1100 && c <= 0x11FF)
        || (c >= 0xA960 && c <= 0xA97F)
        || (c >= 0xD7B0 && c <= 0xD7FF)
        || c == 0x034F
        || c == 0x17B4
        || c == 0x17B5
        || (c >= 0x20D0 && c <= 0x20FF)
        || (c >= 0x1D100 && c <= 0x1D24F);
  }

  /** The part of RFC 5893, 2, that IDNA 2003 is without, more strictly: no digit but ASCII's. */
  private static boolean obeysBidiRule(String label) {
    byte first = Character.getDirectionality(label.codePointAt(0));
    boolean begins =
        first == Character.DIRECTIONALITY_LEFT_TO_RIGHT || isRightToLeft(label.codePointAt(0));
    return begins
        && label
            .codePoints()
            .noneMatch(
                c -> Character.getDirectionality(c) == Character.DIRECTIONALITY_ARABIC_NUMBER);
  }

  private static boolean isRightToLeft(int c) {
    byte direction = Character.getDirectionality(c);
    return direction == Character.DIRECTIONALITY_RIGHT_TO_LEFT
        || direction == Character.DIRECTIONALITY_RIGHT_TO_LEFT_ARABIC;
  }

  private static boolean isMark(int c) {
    return Character.getType(c) == Character.NON_SPACING_MARK
        || Character.getType(c) == Character.COMBINING_SPACING_MARK;
  }

  private static boolean isAscii(String label) {
    return label.chars().allMatch(c -> c < 0x80);
  }
}
