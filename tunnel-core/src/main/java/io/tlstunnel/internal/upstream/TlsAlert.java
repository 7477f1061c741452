package io.tlstunnel.internal.upstream;

import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * A fatal alert that the remote sent.
 *
 * @param name as in RFC 8446, section 6: {@code certificate_required}
 */
record TlsAlert(String name) {
  private static final Pattern JDK = Pattern.compile("Received fatal alert: (\\w+)");

  // error:10000412:SSL routines:OPENSSL_internal:SSLV3_ALERT_BAD_CERTIFICATE; where a build says
  // it with blanks in lower case, they are replaced first.
  private static final Pattern OPENSSL =
      Pattern.compile("(?:SSLV3|TLSV1|TLSV13)_(?:ALERT_)?([A-Z_]+)");

  private static final Set<String> ABOUT_OUR_CERTIFICATE =
      Set.of(
          "certificate_required",
          "bad_certificate",
          "unsupported_certificate",
          "certificate_revoked",
          "certificate_expired",
          "certificate_unknown",
          "unknown_ca",
          "access_denied",
          "decrypt_error",
          "handshake_failure");

  /** The alert that the exception or one of its causes tells of, if any does. */
  static @Nullable TlsAlert in(@Nullable Throwable thrown) {
    for (Throwable cause = thrown; cause != null; cause = cause.getCause()) {
      if (cause instanceof SSLException && cause.getMessage() != null) {
        TlsAlert alert = in(cause.getMessage());
        if (alert != null) {
          return alert;
        }
      }
    }
    return null;
  }

  /**
   * Whether a server sends it because of the client's certificate, or its absence, once it has
   * answered the client's hello.
   */
  boolean isAboutOurCertificate() {
    return ABOUT_OUR_CERTIFICATE.contains(name);
  }

  private static @Nullable TlsAlert in(String message) {
    Matcher jdk = JDK.matcher(message);
    if (jdk.find()) {
      return new TlsAlert(jdk.group(1).toLowerCase(Locale.ROOT));
    }
    Matcher openSsl = OPENSSL.matcher(message.toUpperCase(Locale.ROOT).replace(' ', '_'));
    return openSsl.find() ? new TlsAlert(openSsl.group(1).toLowerCase(Locale.ROOT)) : null;
  }
}
