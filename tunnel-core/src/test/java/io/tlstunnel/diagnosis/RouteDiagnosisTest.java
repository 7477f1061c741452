package io.tlstunnel.diagnosis;

import static org.assertj.core.api.Assertions.assertThat;

import io.tlstunnel.event.Stage;
import io.tlstunnel.event.TunnelFailure;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The report that a person reads, and the one that a program does. */
class RouteDiagnosisTest {
  private static final RouteDiagnosis REFUSED =
      new RouteDiagnosis(
          "store.example:443",
          "store.example",
          "store.example",
          Duration.ofMillis(43),
          Stream.of(Step.values()).map(RouteDiagnosisTest::refused).toList(),
          List.of(
              new TriedAddress(
                  "10.0.0.6", Outcome.FAILED, "connection refused", Duration.ofNanos(1_234_567)),
              new TriedAddress("10.0.0.7", Outcome.OK, "", Duration.ofMillis(2)),
              new TriedAddress("10.0.0.8", Outcome.NOT_REACHED, "", Duration.ZERO)),
          null,
          List.of(
              new PresentedCertificate(
                  "CN=\"Store\"",
                  List.of("a.example", "b.example", "c", "d", "e", "f", "uri:spiffe://g"),
                  "CN=Issuing CA",
                  Instant.parse("2025-01-01T00:00:00Z"),
                  Instant.parse("2025-02-01T00:00:00Z"),
                  -9),
              new PresentedCertificate(
                  "CN=Issuing CA",
                  List.of(),
                  "CN=Root",
                  Instant.parse("2020-01-01T00:00:00Z"),
                  Instant.parse("2030-01-01T00:00:00Z"),
                  1_800)),
          new ClientIdentity("CN=querier", Instant.parse("2026-01-01T00:00:00Z"), false, false),
          List.of("h2"),
          null,
          null,
          null,
          new TunnelFailure(
              Stage.TLS, "store.example/10.0.0.7:443", "it \\ expired", "renew", false));

  @Test
  void reportIsALineForEachStepAndTheFailure() {
    Locale before = Locale.getDefault();
    try {
      Locale.setDefault(Locale.GERMANY);
      assertThat(REFUSED)
          .hasToString(
              """
              route to store.example:443: fails at server certificate, after 43.0 ms
                ok      resolve                1.0 ms  10.0.0.6, 10.0.0.7, 10.0.0.8
                ok      connect                2.0 ms  10.0.0.6 connection refused; 10.0.0.7; 10.0.0.8 not tried
                ok      TLS                   20.5 ms
                FAILED  server certificate             CN="Store" for a.example, b.example, c, d, e and 2 more, by CN=Issuing CA, expired on 2025-02-01T00:00:00Z
                -       client certificate
                -       ALPN
                -       HTTP/2 SETTINGS
                -       gRPC
                presented too: CN=Issuing CA, by CN=Root, until 2030-01-01T00:00:00Z (1800 days left)
                TLS handshake with store.example/10.0.0.7:443 failed: it \\ expired (renew)""");
    } finally {
      Locale.setDefault(before);
    }
  }

  @Test
  void jsonHasAllThatTheRecordHas() {
    assertThat(REFUSED.toJson())
        .isEqualTo(
            """
            {"ok":false,"remote":"store.example:443","serverName":"store.example",
            "authority":"store.example","tookMillis":43.0,"failedAt":"SERVER_CERTIFICATE",
            "failure":{"message":"TLS handshake with store.example/10.0.0.7:443 failed: it \\\\ expired (renew)",
            "stage":"TLS","peer":"store.example/10.0.0.7:443","cause":"it \\\\ expired",
            "remedy":"renew","mayHaveReachedRemote":false},
            "steps":[{"step":"RESOLVE","outcome":"OK","tookMillis":1.0},
            {"step":"CONNECT","outcome":"OK","tookMillis":2.0},
            {"step":"TLS","outcome":"OK","tookMillis":20.5},
            {"step":"SERVER_CERTIFICATE","outcome":"FAILED","tookMillis":0.0},
            {"step":"CLIENT_CERTIFICATE","outcome":"NOT_REACHED","tookMillis":0.0},
            {"step":"ALPN","outcome":"NOT_REACHED","tookMillis":0.0},
            {"step":"SETTINGS","outcome":"NOT_REACHED","tookMillis":0.0},
            {"step":"GRPC","outcome":"NOT_REACHED","tookMillis":0.0}],
            "addresses":[{"address":"10.0.0.6","outcome":"FAILED","cause":"connection refused","tookMillis":1.235},
            {"address":"10.0.0.7","outcome":"OK","cause":"","tookMillis":2.0},
            {"address":"10.0.0.8","outcome":"NOT_REACHED","cause":"","tookMillis":0.0}],
            "tls":null,
            "chain":[{"subject":"CN=\\"Store\\"","names":["a.example","b.example","c","d","e","f","uri:spiffe://g"],
            "issuer":"CN=Issuing CA","notBefore":"2025-01-01T00:00:00Z","notAfter":"2025-02-01T00:00:00Z","daysLeft":-9},
            {"subject":"CN=Issuing CA","names":[],"issuer":"CN=Root",
            "notBefore":"2020-01-01T00:00:00Z","notAfter":"2030-01-01T00:00:00Z","daysLeft":1800}],
            "clientIdentity":{"subject":"CN=querier","notAfter":"2026-01-01T00:00:00Z","shown":false,"refusedAfterHandshake":false},
            "alpnOffered":["h2"],"alpnChosen":null,"settings":null,"answer":null}"""
                .replace("\n", ""));
  }

  @Test
  void jsonTextIsEscapedAsTheRfcWantsIt() {
    assertThat(JsonReport.quoted("a\"b\\c\n\t\u0000\u007f é 😀 " + (char) 0xd83d))
        .isEqualTo("\"a\\\"b\\\\c\\u000a\\u0009\\u0000\\u007f é 😀 \\ud83d\"");
  }

  @Test
  void failureIsFoundByItsStep() {
    assertThat(REFUSED.failedAt()).isEqualTo(Step.SERVER_CERTIFICATE);
    assertThat(REFUSED.outcome(Step.TLS)).isEqualTo(Outcome.OK);
    assertThat(REFUSED.outcome(Step.GRPC)).isEqualTo(Outcome.NOT_REACHED);
    assertThat(REFUSED.ok()).isFalse();
  }

  private static StepResult refused(Step step) {
    return switch (step) {
      case RESOLVE -> new StepResult(step, Outcome.OK, Duration.ofMillis(1));
      case CONNECT -> new StepResult(step, Outcome.OK, Duration.ofMillis(2));
      case TLS -> new StepResult(step, Outcome.OK, Duration.ofNanos(20_500_000));
      case SERVER_CERTIFICATE -> new StepResult(step, Outcome.FAILED, Duration.ZERO);
      default -> new StepResult(step, Outcome.NOT_REACHED, Duration.ZERO);
    };
  }
}
