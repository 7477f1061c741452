package io.tlstunnel;

import static java.util.Objects.requireNonNull;

import io.netty.util.NetUtil;
import java.net.IDN;
import java.time.Duration;
import java.util.List;

/** The builder's argument checks: the value, then what was expected. */
final class Checks {
  private static final Duration LONGEST = Duration.ofDays(1);
  private static final List<String> TLS_VERSIONS = List.of("TLSv1.2", "TLSv1.3");

  private Checks() {}

  static int port(int port, int lowest) {
    if (port < lowest || port > 65_535) {
      throw new IllegalArgumentException("port: " + port + " (expected: " + lowest + "-65535)");
    }
    return port;
  }

  static String host(String host, String name) {
    requireNonNull(host, name);
    boolean address = NetUtil.isValidIpV4Address(host) || NetUtil.isValidIpV6Address(host);
    if (!address && !isDnsName(host)) {
      throw new IllegalArgumentException(
          name + ": " + quoted(host) + " (expected: a host name or an IP address, nothing else)");
    }
    return host;
  }

  static String dnsName(String value, String name) {
    requireNonNull(value, name);
    if (NetUtil.isValidIpV4Address(value)
        || NetUtil.isValidIpV6Address(value)
        || !isDnsName(value)) {
      throw new IllegalArgumentException(
          name + ": " + quoted(value) + " (expected: a DNS name; TLS has no SNI for addresses)");
    }
    return IDN.toASCII(value);
  }

  static String authority(String authority) {
    requireNonNull(authority, "authority");
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
    requireNonNull(timeout, name);
    if (timeout.compareTo(Duration.ofMillis(1)) < 0 || timeout.compareTo(LONGEST) > 0) {
      throw new IllegalArgumentException(
          name + ": " + timeout + " (expected: 1 ms to " + LONGEST.toDays() + " day)");
    }
    return timeout;
  }

  /** Whole seconds are what TCP's keepalive counts in; one for the silence, one for a probe. */
  static Duration deadPeerTimeout(Duration timeout) {
    requireNonNull(timeout, "deadPeerTimeout");
    if (timeout.compareTo(Duration.ofSeconds(2)) < 0 || timeout.compareTo(LONGEST) > 0) {
      throw new IllegalArgumentException(
          "deadPeerTimeout: " + timeout + " (expected: 2 s to " + LONGEST.toDays() + " day)");
    }
    return timeout;
  }

  static int between(int value, int lowest, int highest, String name) {
    if (value < lowest || value > highest) {
      throw new IllegalArgumentException(
          name + ": " + value + " (expected: " + lowest + "-" + highest + ")");
    }
    return value;
  }

  static List<String> tlsVersions(String... versions) {
    List<String> list = List.of(versions);
    if (list.isEmpty() || !TLS_VERSIONS.containsAll(list)) {
      throw new IllegalArgumentException(
          "tlsVersions: " + list + " (expected: some of " + TLS_VERSIONS + ")");
    }
    return list;
  }

  static List<String> tlsCiphers(String... ciphers) {
    List<String> list = List.of(ciphers);
    if (list.isEmpty()) {
      throw new IllegalArgumentException("tlsCiphers: [] (expected: at least one cipher suite)");
    }
    return list;
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

  private static String quoted(String value) {
    return '\'' + value + '\'';
  }
}
