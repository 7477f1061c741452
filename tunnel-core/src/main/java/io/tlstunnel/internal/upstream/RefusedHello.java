package io.tlstunnel.internal.upstream;

import java.util.Set;

/**
 * Puts into words an alert that comes in place of a ServerHello. Nobody has seen our certificate
 * then (RFC 8446, 2), so it is about what the ClientHello says: the name first of all, which
 * servers that choose their certificate by it answer with whatever alert their TLS library has for
 * a failure of its own.
 */
final class RefusedHello {
  /** What is said by Go's servers (Caddy, Traefik), BoringSSL's, and Cloudflare's, among others. */
  private static final Set<String> ABOUT_THE_NAME =
      Set.of(
          "internal_error",
          "handshake_failure",
          "access_denied",
          "unrecognized_name",
          "bad_certificate",
          "unsupported_certificate",
          "certificate_unknown",
          "user_canceled");

  private RefusedHello() {}

  static Diagnosis of(TlsAlert alert, UpstreamOptions options) {
    if (!ABOUT_THE_NAME.contains(alert.name())) {
      return new Diagnosis(
          "the remote refused our ClientHello: " + alert.name(), "its log should say why");
    }
    String name = options.serverName();
    if (ServerName.isAddress(name)) {
      return new Diagnosis(
          "the remote refused our ClientHello, which asks for no name, since "
              + name
              + " is an address: "
              + alert.name(),
          "set sni(...) to a name that it serves" + orElse(alert));
    }
    return alert.name().equals("handshake_failure")
        ? new Diagnosis(
            "the remote refused our ClientHello: handshake_failure",
            "check that it serves the name that is asked for, "
                + name
                + " (see sni(...)), and tlsVersions(...) and tlsCiphers(...) against what it"
                + " allows")
        : new Diagnosis(
            "the remote refused our ClientHello, most likely since it does not serve the name that"
                + " is asked for, "
                + name
                + ": "
                + alert.name(),
            "set sni(...) to a name that it serves; its log should say why");
  }

  private static String orElse(TlsAlert alert) {
    return alert.name().equals("handshake_failure")
        ? "; if that is no help, check tlsVersions(...) and tlsCiphers(...)"
        : "; its log should say why";
  }
}
