package io.tlstunnel.internal.upstream;

import io.tlstunnel.event.Stage;
import java.util.Locale;

/** Words for a step that has not been answered. */
final class Waiting {
  /** What passes a path of the MTU of most tunnels and overlays in one packet, with IP and TCP. */
  private static final int FITS = 1_300;

  private Waiting() {}

  static Diagnosis of(Stage stage, long nanos) {
    return new Diagnosis("no answer for " + seconds(nanos), remedy(stage));
  }

  /** For a handshake of which nothing has come back. */
  static Diagnosis helloUnanswered(long nanos, int helloBytes) {
    return helloBytes <= FITS
        ? of(Stage.TLS, nanos)
        : new Diagnosis(
            "no answer for " + seconds(nanos) + " to a ClientHello of " + helloBytes + " bytes",
            remedy(Stage.TLS)
                + "; if the path takes only smaller packets and says so to nobody (MTU, lost ICMP),"
                + " tlsGroups(\"X25519\") makes the hello fit");
  }

  private static String remedy(Stage stage) {
    return switch (stage) {
      case RESOLVE -> "check the name service of this machine";
      case CONNECT -> "check host and port, and that no firewall drops the packets";
      case TLS, ALPN -> "check that a TLS server listens on that port";
      case SETTINGS, RELAY, GRPC -> "check the remote: it took the connection and says nothing";
    };
  }

  private static String seconds(long nanos) {
    return nanos < 1_000_000_000L
        ? nanos / 1_000_000 + " ms"
        : String.format(Locale.ROOT, "%.1f s", nanos / 1e9);
  }
}
