package io.tlstunnel.junit;

/**
 * A connection that a backend accepted, as far as it got.
 *
 * @param number counts the backend's connections, from 1
 * @param remote the address that it came from
 * @param sni the name that the client put into its ClientHello, empty if none
 * @param alpn the protocol that both sides agreed on, empty if none
 * @param tlsVersion such as {@code TLSv1.3}, empty before the handshake is done
 * @param clientPrincipal the subject of the client's certificate, empty if it showed none
 * @param state where the connection is in its life
 * @param failure why the handshake failed, empty if it did not
 */
public record RecordedConnection(
    int number,
    String remote,
    String sni,
    String alpn,
    String tlsVersion,
    String clientPrincipal,
    State state,
    String failure) {

  /** The life of a connection: each state is reached at most once, in this order. */
  public enum State {
    /** TCP is connected; TLS has not finished. */
    ACCEPTED,
    /** TLS is set up. */
    SECURED,
    /** TLS could not be set up. */
    REFUSED,
    /** The connection is gone. */
    CLOSED
  }

  RecordedConnection secured(String sni, String alpn, String tlsVersion, String clientPrincipal) {
    return new RecordedConnection(
        number, remote, sni, alpn, tlsVersion, clientPrincipal, State.SECURED, "");
  }

  RecordedConnection refused(String why) {
    return new RecordedConnection(
        number, remote, sni, alpn, tlsVersion, clientPrincipal, State.REFUSED, why);
  }

  RecordedConnection closed() {
    return new RecordedConnection(
        number, remote, sni, alpn, tlsVersion, clientPrincipal, State.CLOSED, failure);
  }
}
