package io.tlstunnel.junit.fault;

/** What a remote does wrong before the first HTTP/2 byte. Strikes new connections. */
public enum TlsFault implements Fault {
  /** The certificate expired a day ago. */
  EXPIRED,
  /** The certificate becomes valid in a day. */
  NOT_YET_VALID,
  /** The certificate is for another host. */
  WRONG_NAME,
  /** The certificate comes from an authority that nobody knows. */
  UNTRUSTED,
  /** The certificate has been signed with its own key. */
  SELF_SIGNED,
  /** The authority is right, but the certificate between it and the server's is not sent. */
  MISSING_INTERMEDIATE,
  /** No client certificate of the route's CA is accepted. */
  CLIENT_CERTIFICATE_REFUSED,
  /** The handshake succeeds without any word about ALPN. */
  NO_ALPN,
  /** Only http/1.1 is spoken: who offers nothing but h2 gets the alert no_application_protocol. */
  ONLY_HTTP_1_1,
  /** Only TLS 1.0 is spoken. */
  TLS_1_0,
  /** Only TLS 1.1 is spoken. */
  TLS_1_1,
  /** Only TLS 1.2 with CBC cipher suites is spoken, which HTTP/2 forbids (RFC 9113, 9.2.2). */
  WEAK_CIPHERS,
  /** The ClientHello is never answered. */
  HANDSHAKE_STALL,
  /** The connection ends when the ClientHello has come. */
  HANDSHAKE_CUT;

  @Override
  public Target target() {
    return Target.CONNECTION;
  }
}
