package io.tlstunnel;

import io.netty.util.NetUtil;
import java.net.IDN;
import java.time.Duration;
import java.util.List;
import javax.net.ssl.SNIHostName;
import org.jspecify.annotations.Nullable;

/** The builder's argument checks: the value, then what was expected. */
final class Checks {
  private static final Duration LONGEST = Duration.ofDays(1);
  private static final List<String> TLS_VERSIONS = List.of("TLSv1.2", "TLSv1.3");
  private static final List<String> TLS_GROUPS =
      List.of("X25519", "X448", "secp256r1", "secp384r1", "secp521r1", "X25519MLKEM768");

  private Checks() {}

  /** A value, as opposed to null, which a caller without a null checker may give. */
  static <T> T given(@Nullable T value, String name) {
    if (value == null) {
      throw new NullPointerException(name + ": null (expected: a value)");
    }
    return value;
  }

  static int port(int port, int lowest) {
    if (port < lowest || port > 65_535) {
      throw new IllegalArgumentException("port: " + port + " (expected: " + lowest + "-65535)");
    }
    return port;
  }

  static String host(String host, String name) {
    given(host, name);
    boolean address = NetUtil.isValidIpV4Address(host) || NetUtil.isValidIpV6Address(host);
    requireUnanimous(host, name);
    if (!address && !isDnsName(host)) {
      throw new IllegalArgumentException(
          name + ": " + quoted(host) + " (expected: a host name or an IP address, nothing else)");
    }
    return address ? withoutBrackets(host) : IDN.toASCII(host);
  }

  static String dnsName(String value, String name) {
    given(value, name);
    boolean address = NetUtil.isValidIpV4Address(value) || NetUtil.isValidIpV6Address(value);
    requireUnanimous(value, name);
    if (!address && isDnsName(value)) {
      String ascii = withoutFinalDot(IDN.toASCII(value));
      if (isServerName(ascii)) {
        return ascii;
      }
    }
    throw new IllegalArgumentException(
        name + ": " + quoted(value) + " (expected: a DNS name; TLS has no SNI for addresses)");
  }

  /** Whether TLS can ask for it: its names are stricter than those of DNS (RFC 6066, 3). */
  private static boolean isServerName(String ascii) {
    try {
      return !new SNIHostName(ascii).getAsciiName().isEmpty();
    } catch (IllegalArgumentException notAName) {
      return false;
    }
  }

  static String authority(String authority) {
    given(authority, "authority");
    boolean plain =
        !authority.isEmpty()
            && authority.chars().allMatch(c -> c > ' ' && c < 0x7f && "/?#@\\\"<>".indexOf(c) < 0);
    if (!plain) {
      throw new IllegalArgumentException(
          "authority: " + quoted(authority) + " (expected: host or host:port)");
    }
    return authority;
  }

  static Duration timeout(Duration timeout, String name) {
    given(timeout, name);
    if (timeout.compareTo(Duration.ofMillis(1)) < 0 || timeout.compareTo(LONGEST) > 0) {
      throw new IllegalArgumentException(
          name + ": " + timeout + " (expected: 1 ms to " + LONGEST.toDays() + " day)");
    }
    return timeout;
  }

  /** Whole seconds are what TCP's keepalive counts in; one for the silence, one for a probe. */
  static Duration deadPeerTimeout(Duration timeout) {
    given(timeout, "deadPeerTimeout");
    if (timeout.compareTo(Duration.ofSeconds(2)) < 0 || timeout.compareTo(LONGEST) > 0) {
      throw new IllegalArgumentException(
          "deadPeerTimeout: " + timeout + " (expected: 2 s to " + LONGEST.toDays() + " day)");
    }
    return timeout;
  }

  static long between(long value, long lowest, long highest, String name) {
    if (value < lowest || value > highest) {
      throw new IllegalArgumentException(
          name + ": " + value + " (expected: " + lowest + "-" + highest + ")");
    }
    return value;
  }

  static int between(int value, int lowest, int highest, String name) {
    if (value < lowest || value > highest) {
      throw new IllegalArgumentException(
          name + ": " + value + " (expected: " + lowest + "-" + highest + ")");
    }
    return value;
  }

  static List<String> tlsVersions(String... versions) {
    List<String> list = List.of(withoutNull(versions, "tlsVersions"));
    if (list.isEmpty() || !TLS_VERSIONS.containsAll(list)) {
      throw new IllegalArgumentException(
          "tlsVersions: " + list + " (expected: some of " + TLS_VERSIONS + ")");
    }
    return list;
  }

  static List<String> tlsCiphers(String... ciphers) {
    List<String> list = List.of(withoutNull(ciphers, "tlsCiphers"));
    if (list.isEmpty()) {
      throw new IllegalArgumentException("tlsCiphers: [] (expected: at least one cipher suite)");
    }
    return list;
  }

  static List<String> tlsGroups(String... groups) {
    List<String> list = List.of(withoutNull(groups, "tlsGroups"));
    boolean known =
        list.stream().allMatch(each -> TLS_GROUPS.stream().anyMatch(each::equalsIgnoreCase));
    if (list.isEmpty() || !known) {
      throw new IllegalArgumentException(
          "tlsGroups: " + list + " (expected: some of " + TLS_GROUPS + ")");
    }
    return list;
  }

  /** An address as it is written in a URL is one, too. */
  private static String withoutBrackets(String address) {
    return address.startsWith("[") ? address.substring(1, address.length() - 1) : address;
  }

  /** The dot makes a name absolute for DNS; elsewhere it does not belong to it. */
  static String withoutFinalDot(String name) {
    return name.endsWith(".") ? name.substring(0, name.length() - 1) : name;
  }

  private static String[] withoutNull(String[] values, String name) {
    given(values, name);
    for (int i = 0; i < values.length; i++) {
      given(values[i], name + "[" + i + "]");
    }
    return values;
  }

  /** Whether the name means one host, to whoever turns it into ASCII. */
  private static void requireUnanimous(String name, String option) {
    boolean nameLike =
        name.chars()
            .allMatch(c -> c >= 0x80 || Character.isLetterOrDigit(c) || "-_.".indexOf(c) >= 0);
    if (nameLike && !InternationalName.isUnanimous(name)) {
      throw new IllegalArgumentException(
          option
              + ": "
              + quoted(name)
              + " (expected: its xn-- form, since IDNA 2003 and IDNA 2008 do not read this name"
              + " alike)");
    }
  }

  private static boolean isDnsName(String name) {
    String ascii;
    try {
      ascii = IDN.toASCII(name);
    } catch (IllegalArgumentException notAName) {
      return false;
    }
    return ascii.length() <= 253
        && ascii.matches(
            "[A-Za-z0-9_]([A-Za-z0-9_-]{0,62})(\\.[A-Za-z0-9_][A-Za-z0-9_-]{0,62})*\\.?");
  }

  /** The value, without the password of a URL. */
  private static String quoted(String value) {
    return '\'' + value.replaceAll(":[^:/@]+@", ":...@") + '\'';
  }
}
