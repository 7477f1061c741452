package io.tlstunnel.internal.upstream;

import io.netty.util.NetUtil;
import java.util.List;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SNIServerName;
import org.jspecify.annotations.Nullable;

/**
 * The name that the remote's certificate must carry, which is also the one that is asked for in
 * SNI.
 *
 * @param expected a host name in ASCII form or an IP literal without brackets
 */
record ServerName(String expected) {
  static ServerName of(String host, @Nullable String sni) {
    String name = sni == null ? host : sni;
    if (isAddress(name)) {
      // No certificate knows the zone of an address, which is this machine's own affair.
      return new ServerName(withoutBrackets(name).replaceFirst("%.*", ""));
    }
    // A final dot makes a name absolute for DNS; in SNI it is forbidden (RFC 6066, 3).
    String relative = name.endsWith(".") ? name.substring(0, name.length() - 1) : name;
    try {
      return new ServerName(new SNIHostName(relative).getAsciiName());
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          (sni == null ? "upstream host: " : "sni: ")
              + name
              + " (expected: a host name of letters, digits, hyphens and dots, or an IP address"
              + (sni == null ? "; or call sni(name))" : ")"),
          e);
    }
  }

  /** What is sent as SNI: no IP address, which is forbidden there (RFC 6066, 3). */
  List<SNIServerName> indication() {
    return isAddress(expected) ? List.of() : List.of(new SNIHostName(expected));
  }

  static boolean isAddress(String host) {
    String bare = withoutBrackets(host);
    return NetUtil.isValidIpV4Address(bare) || NetUtil.isValidIpV6Address(bare);
  }

  static String withoutBrackets(String host) {
    return host.startsWith("[") && host.endsWith("]") ? host.substring(1, host.length() - 1) : host;
  }
}
