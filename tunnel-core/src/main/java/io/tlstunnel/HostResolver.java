package io.tlstunnel;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;

/** Turns the name of the remote into addresses, in place of the JVM's resolver. */
@FunctionalInterface
public interface HostResolver {
  /**
   * The addresses of a host, best first. Called for each new connection, on a thread of the
   * tunnel's that may block.
   *
   * <p>A failure is told to clients: that no address is known for an {@link UnknownHostException}
   * or an empty list, anything else as it is.
   *
   * @throws UnknownHostException if there are none
   */
  List<InetAddress> resolve(String host) throws UnknownHostException;
}
