package io.tlstunnel.tests.tls;

import static org.assertj.core.api.Assertions.assertThat;

import io.tlstunnel.TlsTunnel;
import io.tlstunnel.TlsTunnelBuilder;
import io.tlstunnel.diagnosis.Outcome;
import io.tlstunnel.diagnosis.RouteDiagnosis;
import io.tlstunnel.diagnosis.Step;
import io.tlstunnel.diagnosis.StepResult;
import io.tlstunnel.event.TunnelFailure;
import io.tlstunnel.tls.ClientCert;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Ensures that what is wrong with our own certificate is seen from here, and told. */
@Tag("trials")
class OwnCertificateTest {
  private static final String HOST = "backend.test";
  private static final String NGINX_REFUSES = "an ingress does not accept our client certificate";
  private static final Issued ROOT = OddCert.authority("CN=root").selfSigned();
  private static final Issued SERVER = OddCert.server(HOST).signedBy(ROOT);
  private static final Issued MIDDLE = OddCert.authority("CN=middle").signedBy(ROOT);
  private static final Issued BELOW_MIDDLE = client("below").signedBy(MIDDLE);

  /** A client certificate, and what is said of it. */
  private record Own(String what, Issued cert, String said) {
    @Override
    public String toString() {
      return what;
    }
  }

  private static final List<Own> FAULTS =
      List.of(
          new Own("expired", client("old").expired().signedBy(ROOT), "CN=old expired on 2"),
          new Own(
              "not yet valid",
              client("new").notYetValid().signedBy(ROOT),
              "CN=new is not valid before 2"),
          new Own(
              "not for clients",
              OddCert.of("CN=server").purpose(KeyPurposeId.id_kp_serverAuth).signedBy(ROOT),
              "CN=server is not for clients: its extended key usage lacks clientAuth"));

  @TempDir static Path directory;
  private static Nginx nginx;
  private static OpensslServer openssl;

  @BeforeAll
  static void start() throws Exception {
    nginx = Nginx.start(directory, Map.of(HOST, SERVER.forBackend()), ROOT.certificate());
    Path ca = Files.writeString(directory.resolve("ca.pem"), ROOT.forBackend().chainPem());
    openssl =
        OpensslServer.start(
            SERVER.forBackend(),
            "-alpn",
            "h2",
            "-Verify",
            "3",
            "-verify_return_error",
            "-CAfile",
            ca.toString());
  }

  @AfterAll
  static void stop() throws Exception {
    nginx.close();
    openssl.close();
  }

  static Stream<Arguments> faults() {
    return FAULTS.stream()
        .flatMap(own -> Stream.of(Provider.values()).map(each -> Arguments.of(own, each)));
  }

  @ParameterizedTest(name = "16 refused by openssl: {0}, {1}")
  @MethodSource("faults")
  void refusalNamesTheFault(Own own, Provider provider) {
    try (TunnelUnderTest tunnel =
        new TunnelUnderTest(provider.choose(settings(openssl.port(), own.cert)))) {
      TunnelFailure failure = tunnel.refuses();
      assertThat(failure.cause())
          .startsWith("the remote refused our client certificate: ")
          .contains(", most likely since " + own.said);
      assertThat(failure.remedy()).isNotEmpty();
    }
  }

  @Test
  @DisplayName("16 refused by openssl: the intermediate is missing")
  void missingIntermediateIsNamed() {
    Issued alone = new Issued(List.of(BELOW_MIDDLE.certificate()), BELOW_MIDDLE.keys());
    try (TunnelUnderTest tunnel = new TunnelUnderTest(settings(openssl.port(), alone))) {
      TunnelFailure failure = tunnel.refuses();
      assertThat(failure.cause())
          .isEqualTo("the remote refused our client certificate: unknown_ca");
      assertThat(failure.remedy())
          .isEqualTo(
              "check that the remote trusts CN=middle, which has issued it; if that is an"
                  + " intermediate CA, add its certificate to clientCert(...), which ends before it");
    }
  }

  static Stream<Own> own() {
    return FAULTS.stream();
  }

  @ParameterizedTest(name = "16 the diagnosis does not call it accepted: {0}, nginx")
  @MethodSource("own")
  void diagnosisSaysThatItIsRefused(Own own) {
    RouteDiagnosis found = settings(nginx.port(HOST), own.cert).diagnose();
    assertThat(outcome(found)).isEqualTo(Outcome.FAILED);
    assertThat(found.toString())
        .contains("; refused only by the answer to the call", NGINX_REFUSES, own.said)
        .doesNotContain("accepted");
  }

  @Test
  @DisplayName("16 the diagnosis calls a good one accepted when the answer proves it, nginx")
  void diagnosisOfAGoodOne() {
    RouteDiagnosis found = settings(nginx.port(HOST), client("good").signedBy(ROOT)).diagnose();
    assertThat(outcome(found)).isEqualTo(Outcome.OK);
    assertThat(found.toString()).contains("CN=good, until ", "; accepted");
  }

  @Test
  @DisplayName("16 the diagnosis says no more than sent when no answer comes")
  void diagnosisWithoutAnAnswer() {
    RouteDiagnosis found =
        settings(openssl.port(), client("good").signedBy(ROOT))
            .tlsVersions("TLSv1.2")
            .connectTimeout(Duration.ofSeconds(3))
            .diagnose();
    assertThat(found.ok()).isFalse();
    assertThat(found.toString()).contains("CN=good, until ", "; sent").doesNotContain("accepted");
  }

  private static Outcome outcome(RouteDiagnosis found) {
    return found.steps().stream()
        .filter(result -> result.step() == Step.CLIENT_CERTIFICATE)
        .map(StepResult::outcome)
        .findFirst()
        .orElseThrow();
  }

  private static OddCert client(String name) {
    return OddCert.of("CN=" + name).purpose(KeyPurposeId.id_kp_clientAuth);
  }

  private static TlsTunnelBuilder settings(int port, Issued client) {
    return TlsTunnel.builder()
        .upstream("127.0.0.1", port)
        .sni(HOST)
        .clientCert(ClientCert.of(client.keys().getPrivate(), client.chain()))
        .trust(List.of(ROOT.certificate()));
  }
}
