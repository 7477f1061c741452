package io.tlstunnel.event;

/** The stages of a route in the order in which a connection passes them. */
public enum Stage {
  /** The upstream host's name is turned into addresses. */
  RESOLVE("name resolution of"),
  /** TCP connects to one of the addresses. */
  CONNECT("TCP connect to"),
  /** TLS handshake: chain and name of the remote, then our client certificate. */
  TLS("TLS handshake with"),
  /** The protocol that the remote chose for the connection: it has to be {@code h2}. */
  ALPN("ALPN with"),
  /** The remote's first HTTP/2 frame, its SETTINGS, is awaited. */
  SETTINGS("HTTP/2 SETTINGS from"),
  /** Frames pass. */
  RELAY("connection to"),
  /**
   * A call is answered. A tunnel never fails here, since it passes on what the remote says; only a
   * diagnosis looks at the answer to a call of its own.
   */
  GRPC("gRPC call to");

  private final String phrase;

  Stage(String phrase) {
    this.phrase = phrase;
  }

  /** The stage as the beginning of a sentence that goes on with the peer. */
  public String phrase() {
    return phrase;
  }
}
