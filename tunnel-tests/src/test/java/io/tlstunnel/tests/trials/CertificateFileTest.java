package io.tlstunnel.tests.trials;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.tlstunnel.tls.ServerTrust;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.slf4j.LoggerFactory;

/**
 * Ensures that no certificate of a file gets lost in silence: what openssl reads of a file is read,
 * and whatever is passed over is told, by an exception or one line in the log.
 */
@Tag("trials")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class CertificateFileTest {
  private static final String READER = "io.tlstunnel.tls.PemFile";

  @TempDir static Path dir;

  private final ListAppender<ILoggingEvent> log = new ListAppender<>();
  private Shell shell;
  private String first;
  private String second;

  @BeforeAll
  void mint() throws Exception {
    shell = Shell.in(dir);
    first = certificate("first");
    second = certificate("second");
    shell.run(
        "openssl x509 -in first.pem -trustout -out plain.pem"
            + " && openssl x509 -in first.pem -addtrust serverAuth -setalias it -out for.pem"
            + " && openssl x509 -in first.pem -addtrust clientAuth -out other.pem"
            + " && openssl x509 -in first.pem -addreject serverAuth -out against.pem");
  }

  private String certificate(String name) throws Exception {
    shell.run(
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj /CN="
            + name
            + " -keyout "
            + name
            + ".key -out "
            + name
            + ".pem");
    return shell.read(name + ".pem");
  }

  @BeforeEach
  void listen() {
    log.list.clear();
    log.start();
    ((Logger) LoggerFactory.getLogger(READER)).addAppender(log);
  }

  @AfterEach
  void stopListening() {
    ((Logger) LoggerFactory.getLogger(READER)).detachAppender(log);
  }

  Stream<Arguments> files() throws Exception {
    String all = first + second;
    return Stream.of(
        file("9 as openssl writes them", all),
        file("9 a byte order mark in front", "\uFEFF" + all),
        file("9 a byte order mark between joined files", first + "\uFEFF" + second),
        file("9 a byte order mark on a line of its own", "\uFEFF\n" + all),
        file("9 line ends of Windows", all.replace("\n", "\r\n")),
        file("9 blanks at the ends of lines", all.replace("\n", "  \n")),
        file("9 no line end at the end", all.strip()),
        file("9 text between", "CN=first\n" + first + "\n\n# second\n" + second),
        file("9 X509 CERTIFICATE", all.replace("CERTIFICATE", "X509 CERTIFICATE")),
        file("9 TRUSTED CERTIFICATE", shell.read("plain.pem") + second),
        file("9 TRUSTED CERTIFICATE, for servers", shell.read("for.pem") + second),
        file(
            "9 settings behind a plain certificate", shell.read("for.pem").replace("TRUSTED ", "")),
        file("9 a key between", first + shell.read("first.key") + second),
        file("9 an unknown block between", first + block("ODD THING") + second),
        file("9 an END line too many", first + "-----END CERTIFICATE-----\n" + second),
        file("9 text in front of BEGIN", "# CA:" + first + second),
        file("9 text behind BEGIN", first.replaceFirst("-----\n", "----- x\n") + second),
        file("9 text behind END", all.replace("END CERTIFICATE-----", "END CERTIFICATE----- x")),
        file("9 joined END and BEGIN", first.strip() + second),
        file("9 four dashes", first.replace("-----BEGIN", "----BEGIN") + second),
        file("9 small letters", first.replace("BEGIN CERT", "begin cert") + second),
        file("9 a label in small letters", first.replace("CERTIFICATE", "certificate") + second),
        file("9 long dashes", first.replace("-----", "\u2014\u2014") + second),
        file("9 the first BEGIN is lost", first.substring(first.indexOf('\n') + 1) + second),
        file("9 the first END is lost", first.replace("-----END CERTIFICATE-----\n", "") + second),
        file("9 commented out", first.replaceAll("(?m)^", "# ") + second),
        file("9 cut off", first + second.substring(0, second.length() / 2)));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("files")
  void whatOpensslReadsIsReadAndTheRestIsTold(String what, String text) throws Exception {
    Path file = shell.file("ca.pem", text);
    long byOpenssl =
        shell
            .run(
                "openssl crl2pkcs7 -nocrl -certfile ca.pem | openssl pkcs7 -print_certs -noout"
                    + " || true")
            .lines()
            .filter(line -> line.startsWith("subject"))
            .count();
    int read = -1;
    try {
      read = ServerTrust.pem(file).trustManager().getAcceptedIssuers().length;
      assertThat(read).as("certificates that are read").isGreaterThanOrEqualTo((int) byOpenssl);
    } catch (IllegalArgumentException told) {
      assertThat(told).hasMessageStartingWith(file + ": ").hasMessageMatching("(?s).* \\(.*\\)");
      assertThat(byOpenssl).as("what openssl reads of what is refused").isLessThan(2);
      return;
    }
    long meant = text.split("BEGIN [A-Z0-9 ]*CERTIFICATE", -1).length - 1L;
    if (read < meant || text.contains("ODD THING")) {
      assertThat(log.list).hasSize(1);
      assertThat(log.list.get(0).getFormattedMessage())
          .startsWith(file + ": passed over: ")
          .containsPattern("at line \\d+");
    }
  }

  @Test
  @DisplayName("9 trust settings that are not for servers: left out and told, as openssl has it")
  void certificateThatIsNotForServersIsLeftOut() throws Exception {
    for (String name : List.of("other", "against")) {
      Path file = shell.file("mixed.pem", shell.read(name + ".pem") + second);
      assertThat(ServerTrust.pem(file).trustManager().getAcceptedIssuers()).hasSize(1);
      assertThat(log.list.get(0).getFormattedMessage())
          .isEqualTo(
              file
                  + ": passed over: the TRUSTED CERTIFICATE block at line 1, by its own settings"
                  + " not for TLS servers");
      log.list.clear();
      assertThat(shell.succeeds("openssl verify -purpose sslserver -CAfile mixed.pem first.pem"))
          .as("openssl trusts it")
          .isFalse();
    }
    assertThat(shell.succeeds("openssl verify -purpose sslserver -CAfile for.pem first.pem"))
        .isTrue();
  }

  private static Arguments file(String what, String text) {
    return Arguments.of(what, text);
  }

  private static String block(String label) {
    return "-----BEGIN " + label + "-----\nAAAA\n-----END " + label + "-----\n";
  }
}
