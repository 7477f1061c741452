package io.tlstunnel.internal.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.codec.DecoderException;
import io.tlstunnel.event.Stage;
import io.tlstunnel.event.TunnelFailure;
import io.tlstunnel.tls.ServerTrust;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TlsAlertTest {
  @ParameterizedTest
  @CsvSource({
    "Received fatal alert: certificate_required, certificate_required",
    "(certificate_required) Received fatal alert: certificate_required, certificate_required",
    "error:10000412:SSL routines:OPENSSL_internal:SSLV3_ALERT_BAD_CERTIFICATE, bad_certificate",
    "error:10000410:SSL routines:OPENSSL_internal:SSLV3_ALERT_HANDSHAKE_FAILURE, handshake_failure",
    "error:10000418:SSL routines:OPENSSL_internal:TLSV1_ALERT_UNKNOWN_CA, unknown_ca",
    "error:1000045c:SSL routines:OPENSSL_internal:TLSV1_CERTIFICATE_REQUIRED, certificate_required",
    "error:0A00045C:SSL routines::tlsv13 alert certificate required, certificate_required",
    "error:0A000418:SSL routines::tlsv1 alert unknown ca, unknown_ca"
  })
  void alertIsFoundInEitherProvidersWords(String message, String name) {
    assertThat(TlsAlert.in(new DecoderException(new SSLHandshakeException(message))))
        .isEqualTo(new TlsAlert(name));
  }

  @Test
  void noAlertIsFoundWhereThereIsNone() {
    assertThat(TlsAlert.in(null)).isNull();
    assertThat(TlsAlert.in(new IOException("Received fatal alert: unknown_ca"))).isNull();
    assertThat(TlsAlert.in(new SSLException("bad record MAC"))).isNull();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "unrecognized_name | the remote refused our ClientHello, most likely since it does not"
            + " serve the name that is asked for, remote.example: unrecognized_name | set sni(...)"
            + " to a name that it serves; its log should say why",
        "internal_error | the remote refused our ClientHello, most likely since it does not serve"
            + " the name that is asked for, remote.example: internal_error"
            + " | set sni(...) to a name that it serves; its log should say why",
        "decode_error | the remote refused our ClientHello: decode_error | its log should say why",
        "insufficient_security | the remote found nothing in common with us: insufficient_security"
            + " | check tlsVersions(...) and tlsCiphers(...) against what the remote allows"
      })
  void rarerAlertsHaveWordsToo(String alert, String cause, String remedy) {
    SSLException thrown = new SSLException("Received fatal alert: " + alert);
    assertThat(TlsFailures.inHandshake(thrown, options(), false).diagnosis())
        .isEqualTo(new Diagnosis(cause, remedy));
  }

  @Test
  void whatIsNeitherAlertNorRefusalIsToldAsItIs() {
    SSLException thrown = new SSLException("Tag mismatch!");
    assertThat(TlsFailures.inHandshake(thrown, options(), true).diagnosis())
        .isEqualTo(
            new Diagnosis(
                "TLS broke: Tag mismatch!", "check the remote's TLS settings and its log"));
  }

  @Test
  void alertOnARouteThatStandsIsToldByWhatItIsAbout() {
    SSLException broken = new SSLException("Received fatal alert: internal_error");
    assertThat(RouteLoss.of(broken, "remote.example:443", true, true))
        .isEqualTo(
            new TunnelFailure(
                Stage.RELAY,
                "remote.example:443",
                "the remote broke off with the alert internal_error",
                "its log should say why",
                true));
    // Before its first frame a remote has nothing to judge but our certificate.
    assertThat(RouteLoss.of(broken, "remote.example:443", false, true))
        .isEqualTo(
            new TunnelFailure(
                Stage.TLS,
                "remote.example:443",
                "the remote refused our client certificate: internal_error",
                "check that clientCert(...) is valid and from a CA that the remote trusts",
                false));
    SSLException refused = new SSLException("Received fatal alert: certificate_revoked");
    assertThat(RouteLoss.of(refused, "remote.example:443", true, true))
        .isEqualTo(
            new TunnelFailure(
                Stage.TLS,
                "remote.example:443",
                "the remote refused our client certificate: certificate_revoked",
                "check that clientCert(...) is valid and from a CA that the remote trusts",
                true));
  }

  @Test
  void alertThatSomeServersSayOfAClientCertificateIsToldWithThatHint() {
    assertThat(TlsFailures.alerted(new TlsAlert("internal_error"), true))
        .isEqualTo(
            new Diagnosis(
                "the remote broke off with the alert internal_error",
                "its log should say why; some servers (grpc-java) say that to a client certificate"
                    + " of a CA that they do not trust"));
  }

  private static UpstreamOptions options() {
    return new UpstreamOptions(
        "remote.example",
        443,
        null,
        ServerTrust.system(),
        null,
        List.of(),
        List.of(),
        List.of(),
        Duration.ofSeconds(1),
        Map.of());
  }
}
