package io.tlstunnel.internal.upstream;

import java.net.InetAddress;
import java.security.cert.X509Certificate;
import java.util.List;

/**
 * Watches how a route comes about, for whoever wants more than its end: a diagnosis. Called on the
 * attempt's loop; nothing here changes what the attempt does.
 */
public interface RouteWitness {
  /** For routes that nobody watches. */
  RouteWitness NOBODY = new RouteWitness() {};

  /** The remote's addresses, in the order in which they will be tried; a literal is one. */
  default void resolved(List<InetAddress> addresses) {}

  /** TCP to an address begins. */
  default void connecting(InetAddress address) {}

  /** An address did not take the connection. */
  default void connectFailed(InetAddress address, String cause) {}

  /** The address of the last {@link #connecting} took the connection; TLS begins. */
  default void connected() {}

  /** The remote has shown its chain, leaf first, and it was accepted or not. */
  default void chainJudged(List<X509Certificate> chain, boolean accepted) {}

  /** TLS failed. {@link Upstream#isAboutOurCertificate} tells what some causes mean. */
  default void handshakeFailed(Throwable thrown) {}
}
