package io.tlstunnel.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.tlstunnel.TlsTunnel;
import io.tlstunnel.TlsTunnelBuilder;
import io.tlstunnel.diagnosis.RouteDiagnosis;
import io.tlstunnel.diagnosis.Step;
import io.tlstunnel.junit.FakeResolver;
import io.tlstunnel.junit.GrpcBackend;
import io.tlstunnel.junit.TestCa;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** A route that cannot stand is diagnosed before the tunnel starts; docs/diagnosis.md shows it. */
class DiagnosisTest {
  private static final Pattern REPORT = Pattern.compile("```text\n(.*?)```", Pattern.DOTALL);

  @Test
  void forgottenClientCertificateIsFoundAsThePageShows() throws IOException {
    TestCa ca = TestCa.create("CN=Example CA");
    try (GrpcBackend backend = GrpcBackend.builder(ca).serverName("store.example").start()) {
      TlsTunnelBuilder builder =
          TlsTunnel.builder()
              .upstream("store.example", backend.port())
              .resolver(FakeResolver.create().answer("store.example", "127.0.0.1"))
              .trust(List.of(ca.root()));

      RouteDiagnosis found = builder.diagnose();
      if (!found.ok()) {
        System.err.println(found); // for a person
        System.err.println(found.toJson()); // for a program
      }

      assertThat(found.failedAt()).isEqualTo(Step.CLIENT_CERTIFICATE);
      assertThat(withoutFigures(found.toString())).isEqualTo(withoutFigures(pageReport()));
    }
  }

  private static String pageReport() throws IOException {
    Matcher report = REPORT.matcher(Files.readString(Path.of("..", "docs", "diagnosis.md")));
    assertThat(report.find()).as("a report on the page").isTrue();
    return report.group(1);
  }

  /**
   * Times, ports and dates are others on every run; an alert has the name that its sender likes.
   */
  private static String withoutFigures(String report) {
    return report
        .replaceAll("\\d[\\d.]* ms", "N ms")
        .replaceAll("\\d{4}-\\d\\d-\\d\\dT[\\d:]+Z", "DATE")
        .replaceAll(":\\d{4,5}", ":PORT")
        .replaceAll("\\d+ days left", "N days left")
        .replaceAll("TLS_\\w+", "CIPHER")
        .replaceAll("certificate: \\w+ \\(", "certificate: ALERT (")
        .replaceAll(" +", " ")
        .strip();
  }
}
