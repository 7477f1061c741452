package io.tlstunnel.internal.wire;

import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;

class HeaderRulesTest {

  @Test
  void wrongRulesAreRefused() {
    assertRefused(
        () -> new HeaderRules("a b", "https", 1, 1),
        "authority: a b (expected: visible ASCII characters)");
    assertRefused(
        () -> new HeaderRules("", "https", 1, 1),
        "authority:  (expected: visible ASCII characters)");
    assertRefused(
        () -> new HeaderRules("zürich", "https", 1, 1),
        "authority: zürich (expected: visible ASCII characters)");
    assertRefused(
        () -> new HeaderRules(null, "ftp", 1, 1), "scheme: ftp (expected: http or https)");
    assertRefused(
        () -> new HeaderRules(null, "https", 0, 1), "maxHeaderListSize: 0 (expected: > 0)");
    assertRefused(
        () -> new HeaderRules(null, "https", 1, -1), "maxHeaderFields: -1 (expected: > 0)");
  }

  private static void assertRefused(Runnable rules, String message) {
    assertThatIllegalArgumentException().isThrownBy(rules::run).withMessage(message);
  }
}
