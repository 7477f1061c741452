package io.tlstunnel.internal.upstream;

import io.netty.handler.ssl.NotSslRecordException;
import io.tlstunnel.event.Stage;
import io.tlstunnel.internal.runtime.ErrorText;
import io.tlstunnel.internal.runtime.SystemError;
import java.nio.channels.ClosedChannelException;
import org.jspecify.annotations.Nullable;

/** Puts into words why TLS with the remote failed, whichever provider spoke it. */
final class TlsFailures {
  /** A diagnosis with the stage that it belongs to. */
  record Found(Stage stage, Diagnosis diagnosis) {}

  private TlsFailures() {}

  /**
   * What made a handshake fail.
   *
   * @param ourCertificateSeen whether the remote may have seen our certificate
   */
  static Found inHandshake(Throwable thrown, UpstreamOptions options, boolean ourCertificateSeen) {
    RefusedServerException refused = find(thrown, RefusedServerException.class);
    if (refused != null) {
      return new Found(Stage.TLS, refused.diagnosis());
    }
    TlsAlert alert = TlsAlert.in(thrown);
    if (alert != null) {
      return switch (alert.name()) {
        case "no_application_protocol" -> new Found(Stage.ALPN, notHttp2());
        case "protocol_version" -> new Found(Stage.TLS, versionMismatch());
        case "insufficient_security" -> new Found(Stage.TLS, nothingInCommon(alert));
        default ->
            new Found(
                Stage.TLS,
                ourCertificateSeen
                    ? alerted(alert, options.clientCert() != null)
                    : RefusedHello.of(alert, options));
      };
    }
    if (find(thrown, NotSslRecordException.class) != null) {
      return new Found(
          Stage.TLS,
          new Diagnosis(
              "the remote does not speak TLS on this port",
              "check the port: the tunnel leads to TLS servers only"));
    }
    return new Found(Stage.TLS, broken(thrown));
  }

  /** A server that speaks TLS and something else than HTTP/2 in it. */
  static Diagnosis notHttp2() {
    return new Diagnosis(
        "the remote did not agree to HTTP/2 (h2)",
        "let the remote offer h2 by ALPN: for nginx 'http2 on', for an ingress its gRPC backend"
            + " protocol");
  }

  /** What the remote says by an alert, at whatever time it comes after its answer to our hello. */
  static Diagnosis alerted(TlsAlert alert, boolean certificateShown) {
    if (alert.isAboutOurCertificate()) {
      return ourCertificate(alert, certificateShown);
    }
    return switch (alert.name()) {
      case "insufficient_security" -> nothingInCommon(alert);
      case "protocol_version" -> versionMismatch();
      case "unrecognized_name" ->
          new Diagnosis(
              "the remote does not know the name that we asked for: unrecognized_name",
              "set sni(...) to a name that it serves");
      default ->
          new Diagnosis(
              "the remote broke off with the alert " + alert.name(),
              certificateShown && alert.name().equals("internal_error")
                  ? "its log should say why; some servers (grpc-java) say that to a client"
                      + " certificate of a CA that they do not trust"
                  : "its log should say why");
    };
  }

  static Diagnosis ourCertificate(TlsAlert alert, boolean shown) {
    return shown
        ? new Diagnosis(
            "the remote refused our client certificate: " + alert.name(),
            "check that clientCert(...) is valid and from a CA that the remote trusts")
        : new Diagnosis(
            "the remote requires a client certificate: " + alert.name(), "set clientCert(...)");
  }

  private static Diagnosis nothingInCommon(TlsAlert alert) {
    return new Diagnosis(
        "the remote found nothing in common with us: " + alert.name(),
        "check tlsVersions(...) and tlsCiphers(...) against what the remote allows");
  }

  private static Diagnosis broken(Throwable thrown) {
    String text = String.valueOf(thrown.getMessage());
    if (isReset(thrown)) {
      return new Diagnosis(
          "the remote reset the connection during the handshake",
          "check that a TLS server listens on that port");
    }
    if (find(thrown, ClosedChannelException.class) != null
        || text.contains("closed while SSL/TLS handshake")
        || text.contains("close_notify during handshake")
        // BoringSSL's code for a close_notify in a handshake; alerts and EOF have others.
        || text.contains(":SSL_HANDSHAKE_FAILURE")) {
      return new Diagnosis(
          "the remote closed the connection during the handshake",
          "check that a TLS server listens on that port, and its log");
    }
    if (text.contains("selected protocol version") || text.contains("UNSUPPORTED_PROTOCOL")) {
      return versionMismatch();
    }
    if (text.contains("EXCESSIVE_MESSAGE_SIZE") || text.contains("size of the handshake message")) {
      return CertificateDiagnosis.tooLarge();
    }
    if (text.contains("certificate chain length")) {
      return CertificateDiagnosis.tooMany();
    }
    if (text.contains("parse server certificates") || text.contains("CANNOT_PARSE_LEAF_CERT")) {
      return CertificateDiagnosis.unreadable();
    }
    if (text.contains("KEY_USAGE_BIT_INCORRECT")) {
      return CertificateDiagnosis.unfitKey();
    }
    return new Diagnosis(
        "TLS broke: " + ErrorText.of(thrown), "check the remote's TLS settings and its log");
  }

  private static Diagnosis versionMismatch() {
    return new Diagnosis(
        "no TLS version in common", "let the remote offer TLS 1.2 or 1.3; see tlsVersions(...)");
  }

  static boolean isReset(@Nullable Throwable thrown) {
    return SystemError.in(thrown) == SystemError.RESET;
  }

  /** Whether the system gave the connection up because the other side's TCP went silent. */
  static boolean isTimeout(@Nullable Throwable thrown) {
    return SystemError.in(thrown) == SystemError.TIMED_OUT;
  }

  private static <T extends Throwable> @Nullable T find(@Nullable Throwable thrown, Class<T> type) {
    for (Throwable cause = thrown; cause != null; cause = cause.getCause()) {
      if (type.isInstance(cause)) {
        return type.cast(cause);
      }
    }
    return null;
  }
}
