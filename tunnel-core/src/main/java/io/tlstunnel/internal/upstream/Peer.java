package io.tlstunnel.internal.upstream;

import io.netty.util.NetUtil;
import java.net.InetAddress;

/** How messages name the remote. */
final class Peer {
  private Peer() {}

  /** Before its address is known: {@code host:443}. */
  static String named(String host, int port) {
    String bare = ServerName.withoutBrackets(host);
    return (NetUtil.isValidIpV6Address(bare) ? "[" + bare + "]" : bare) + ":" + port;
  }

  /** With its address: {@code host/10.0.0.7:443}, or {@code 10.0.0.7:443} if that is the host. */
  static String at(String host, InetAddress address, int port) {
    if (ServerName.isAddress(host)) {
      return named(host, port);
    }
    return host + "/" + named(NetUtil.toAddressString(address), port);
  }
}
