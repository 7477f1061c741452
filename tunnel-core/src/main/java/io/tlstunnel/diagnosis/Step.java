package io.tlstunnel.diagnosis;

/** The steps of a diagnosis, in the order in which a report lists them. */
public enum Step {
  /** The upstream host's name is turned into addresses. */
  RESOLVE("resolve"),
  /** TCP connects to one of the addresses. */
  CONNECT("connect"),
  /** TLS agrees on a version and a cipher suite. */
  TLS("TLS"),
  /** The remote's certificate: its chain of issuers, its dates, its name. */
  SERVER_CERTIFICATE("server certificate"),
  /**
   * Our certificate, if the remote asks for one. In TLS 1.3 it is judged only after the handshake
   * has succeeded on our side (RFC 8446, 4.4.2.4): with the remote's first words.
   */
  CLIENT_CERTIFICATE("client certificate"),
  /** The remote chooses {@code h2} among what is offered by ALPN. */
  ALPN("ALPN"),
  /** The remote's first HTTP/2 frame, its SETTINGS. */
  SETTINGS("HTTP/2 SETTINGS"),
  /** The answer to {@code grpc.health.v1.Health/Check}, whatever it is. */
  GRPC("gRPC");

  private final String label;

  Step(String label) {
    this.label = label;
  }

  /** The step's name in a report. */
  public String label() {
    return label;
  }
}
