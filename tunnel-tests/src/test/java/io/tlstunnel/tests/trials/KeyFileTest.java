package io.tlstunnel.tests.trials;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.tlstunnel.tests.rig.Program;
import io.tlstunnel.tls.ClientCert;
import io.tlstunnel.tls.ServerTrust;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Ensures that a key is read in whatever form openssl reads it, and that everything else has a
 * sentence of its own, whose command makes a file that is read.
 */
@Tag("trials")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class KeyFileTest {
  private static final String PASS = " -passin pass:sesame -passout pass:sesame";

  @TempDir static Path dir;

  private Shell shell;

  @BeforeAll
  void mint() throws Exception {
    shell = Shell.in(dir);
    shell.run(
        "openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN=rsa -keyout rsa.key -out"
            + " rsa.pem && openssl rsa -in rsa.key -traditional -out rsa1.key && openssl ecparam"
            + " -name prime256v1 -genkey -noout -out ec1.key && openssl req -x509 -key ec1.key"
            + " -days 30 -subj /CN=ec -out ec.pem && openssl pkcs8 -topk8 -nocrypt -in ec1.key -out"
            + " ec.key && openssl pkcs8 -topk8 -in ec.key -passout pass:sesame -out encrypted.key"
            + " && openssl rsa -aes128 -traditional -in rsa.key -passout pass:sesame -out old.key"
            + " && openssl ec -in ec.key -param_enc explicit -out explicit.key && openssl pkey -in"
            + " ec.key -outform DER -out ec.der && openssl x509 -in ec.pem -outform DER -out"
            + " ec.crt.der && openssl pkey -in ec.key -pubout -out ec.pub && openssl req -new -key"
            + " ec.key -subj /CN=ec -out ec.csr && openssl pkcs12 -export -in ec.pem -inkey ec.key"
            + " -passout pass:sesame -out ec.p12");
  }

  @ParameterizedTest(name = "10 {0} under the label {1}: read, as openssl does")
  @CsvSource({
    "rsa.key, RSA PRIVATE KEY",
    "rsa.key, EC PRIVATE KEY",
    "rsa1.key, PRIVATE KEY",
    "rsa1.key, EC PRIVATE KEY",
    "ec.key, EC PRIVATE KEY",
    "ec.key, RSA PRIVATE KEY",
    "ec1.key, PRIVATE KEY",
    "ec1.key, RSA PRIVATE KEY",
    "encrypted.key, PRIVATE KEY",
    "ec.key, ENCRYPTED PRIVATE KEY"
  })
  void keyIsReadByItsContentAndNotByItsLabel(String name, String label) throws Exception {
    Path key =
        shell.file(
            "labelled.key",
            shell.read(name).replaceAll("(?<=BEGIN |END )[A-Z ]*PRIVATE KEY", label));
    Path chain = dir.resolve(name.startsWith("rsa") ? "rsa.pem" : "ec.pem");
    assertThat(ClientCert.pem(chain, key, "sesame").subject()).startsWith("CN=");
  }

  Stream<Arguments> broken() throws Exception {
    String key = shell.read("ec.key");
    byte[] utf16 = ('\uFEFF' + key).getBytes(StandardCharsets.UTF_16LE);
    return Stream.of(
        odd("10 UTF-16", utf16, "is text in UTF-16"),
        odd(
            "10 UTF-16 without a mark",
            key.getBytes(StandardCharsets.UTF_16BE),
            "is text in UTF-16"),
        odd("10 a written line break", key.replace("\n", "\\n"), "holds '\\n' as two characters"),
        odd("10 a written line break twice", key.replace("\n", "\\r\\n"), "holds '\\n' as two"),
        odd(
            "8 blanks for line breaks",
            key.replace('\n', ' '),
            "the line breaks of the PRIVATE KEY"),
        odd(
            "8 line breaks that are lost",
            key.replace("\n", ""),
            "the line breaks of the PRIVATE KEY"),
        odd("10 joined END and BEGIN", shell.read("ec.pem").strip() + key, "joined at line "),
        odd(
            "10 text in front of BEGIN",
            "KEY=" + key,
            "text in front of the BEGIN PRIVATE KEY at line 1"),
        odd(
            "10 text behind BEGIN",
            key.replaceFirst("\n", ""),
            "text behind the BEGIN PRIVATE KEY at line 1"),
        odd("10 base64 of PEM", base64(key), "is PEM in base64 once more"),
        odd("10 DER", Files.readAllBytes(dir.resolve("ec.der")), "is a private key in DER form"),
        odd("10 PKCS#12", Files.readAllBytes(dir.resolve("ec.p12")), "is a PKCS#12 file"),
        odd("10 traditional encryption", shell.read("old.key"), "in OpenSSL's traditional form"),
        odd("10 explicit curve", shell.read("explicit.key"), "explicit parameters, not by name"));
  }

  @ParameterizedTest(name = "{0}: its sentence''s command mends the file")
  @MethodSource("broken")
  void commandOfTheRemedyMendsTheFile(String what, byte[] content, String sentence)
      throws Exception {
    Path key = Files.write(dir.resolve("odd one.key"), content);
    Path chain = dir.resolve(what.contains("traditional") ? "rsa.pem" : "ec.pem");
    Throwable told = catchThrowable(() -> ClientCert.pem(chain, key, "sesame"));
    assertThat(told)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(key + ": ")
        .hasMessageContaining(sentence);
    Files.deleteIfExists(dir.resolve("NEW_FILE"));
    shell.run(command(told));
    assertThat(ClientCert.pem(chain, dir.resolve("NEW_FILE"), "sesame")).isNotNull();
  }

  /** The command of a remedy: what stands behind the first colon within the parentheses. */
  private static String command(Throwable told) {
    String remedy = String.valueOf(told.getMessage()).replaceFirst("(?s)^.*? \\((?=[^(]*: )", "");
    String command =
        remedy
            .substring(remedy.lastIndexOf(": ", remedy.indexOf("NEW_FILE")) + 2)
            .replaceFirst("\\)$", "");
    // Where the program would ask for a password.
    return command.startsWith("openssl pkcs12")
        ? command + " -passin pass:sesame"
        : command.startsWith("openssl pkcs8") ? command + PASS : command;
  }

  Stream<Arguments> hopeless() throws Exception {
    return Stream.of(
        odd("10 HTML", "<!DOCTYPE html>\n<html>Log in</html>", "is an HTML page"),
        odd("10 XML", "<?xml version='1.0'?><Error/>", "is an XML or HTML document"),
        odd("10 PuTTY", "PuTTY-User-Key-File-3: ssh-rsa\n", "is a PuTTY key"),
        odd("10 a public key", shell.read("ec.pub"), "holds no private key, only: PUBLIC KEY"),
        odd(
            "10 a request",
            shell.read("ec.csr"),
            "holds no private key, only: CERTIFICATE REQUEST"),
        odd(
            "10 base64 alone",
            base64(shell.read("ec.key")).substring(40),
            "base64 without a BEGIN"),
        odd(
            "10 JSON",
            "{\"key\":\"" + shell.read("ec.key").replace("\n", "\\n") + "\"}",
            "stands in quotation marks"),
        odd(
            "10 a Java key store",
            new byte[] {(byte) 0xFE, (byte) 0xED, (byte) 0xFE, (byte) 0xED, 0},
            "is a Java key store"),
        odd("10 an empty file", "", "the file is empty"),
        odd("10 nothing of it", "hello\n", "holds no PEM block"));
  }

  @ParameterizedTest(name = "{0} has a sentence of its own")
  @MethodSource("hopeless")
  void whatNoCommandMendsIsTold(String what, byte[] content, String sentence) throws Exception {
    Path key = Files.write(dir.resolve("hopeless.key"), content);
    assertThatThrownBy(() -> ClientCert.pem(dir.resolve("ec.pem"), key))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(key + ": ")
        .hasMessageContaining(sentence)
        .hasMessageMatching("(?s).* \\(.+\\)");
  }

  @Test
  @DisplayName("10 a certificate in DER form, a request for a certificate, PKCS#7")
  void certificateInAnotherFormIsTold() throws Exception {
    Path der = dir.resolve("ec.crt.der");
    Throwable told = catchThrowable(() -> ServerTrust.pem(der));
    assertThat(told).hasMessageStartingWith(der + ": is in DER form (convert it: openssl x509");
    shell.run(command(told));
    assertThat(ServerTrust.pem(dir.resolve("NEW_FILE"))).isNotNull();

    shell.run("openssl crl2pkcs7 -nocrl -certfile ec.pem -out ec.p7");
    Path pkcs7 = dir.resolve("ec.p7");
    told = catchThrowable(() -> ServerTrust.pem(pkcs7));
    assertThat(told).hasMessageStartingWith(pkcs7 + ": holds no certificate, only: PKCS7 (");
    shell.run(command(told));
    assertThat(ServerTrust.pem(dir.resolve("NEW_FILE"))).isNotNull();

    assertThatThrownBy(() -> ServerTrust.pem(dir.resolve("ec.csr")))
        .hasMessageContaining(
            "holds no certificate, only: CERTIFICATE REQUEST (expected: the trusted CA"
                + " certificates, which a CA issues when it is given the request)");
  }

  @ParameterizedTest(name = "10 a pair on {0}: not said to be of two owners")
  @CsvSource({"secp256k1", "brainpoolP256r1", "brainpoolP384r1", "secp224r1"})
  void curveThatTheJdkLacksIsNamed(String curve) throws Exception {
    shell.run(
        "openssl ecparam -name "
            + curve
            + " -genkey -noout -out odd.key && openssl req -x509 -key"
            + " odd.key -days 30 -subj /CN=odd -out odd.pem");
    String expected = curve.equals("secp224r1") ? "P-224" : curve;
    assertThatThrownBy(() -> ClientCert.pem(dir.resolve("odd.pem"), dir.resolve("odd.key")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageEndingWith(
            "cannot be used: it is on the curve "
                + expected
                + ", which this Java runtime does not have (TLS wants P-256, P-384 or P-521: make a"
                + " new key, and a certificate for it)");
    assertThatThrownBy(() -> ClientCert.pem(dir.resolve("odd.pem"), dir.resolve("ec.key")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("could not be tried against the certificate CN=odd")
        .hasMessageContaining(expected);
  }

  @ParameterizedTest(name = "10 an RSASSA-PSS pair for {0}, made by openssl, is taken")
  @CsvSource({"sha256", "sha384", "sha512"})
  void pssPairOfOpensslIsTaken(String hash) throws Exception {
    shell.run(
        "openssl genpkey -algorithm RSA-PSS -pkeyopt rsa_keygen_bits:2048 -pkeyopt"
            + " rsa_pss_keygen_md:"
            + hash
            + " -pkeyopt rsa_pss_keygen_mgf1_md:"
            + hash
            + " -out pss.key && openssl req -x509 -key pss.key -"
            + hash
            + " -days 30 -subj /CN=pss -out pss.pem");
    assertThat(ClientCert.pem(dir.resolve("pss.pem"), dir.resolve("pss.key")).subject())
        .isEqualTo("CN=pss");
  }

  @ParameterizedTest(name = "10 an OpenSSH key of the kind {0}")
  @CsvSource({"ecdsa", "rsa", "ed25519"})
  void openSshKeyIsConvertedIfSshKeygenCan(String kind) throws Exception {
    Program.SSH_KEYGEN.require();
    Path key = dir.resolve("ssh_" + kind);
    shell.run("ssh-keygen -q -t " + kind + " -N '' -f " + key);
    Throwable told = catchThrowable(() -> ClientCert.pem(dir.resolve("ec.pem"), key));
    assertThat(told).hasMessageContaining("in OpenSSH's own format, which no TLS library reads (");
    if (kind.equals("ed25519")) {
      assertThat(told).hasMessageContaining("make a new key, and a certificate for it: openssl");
      return;
    }
    Files.deleteIfExists(dir.resolve("NEW_FILE"));
    shell.run(command(told) + " -P '' -N ''");
    shell.run("openssl req -x509 -key NEW_FILE -days 30 -subj /CN=ssh -out ssh.pem");
    assertThat(ClientCert.pem(dir.resolve("ssh.pem"), dir.resolve("NEW_FILE"))).isNotNull();
  }

  private static Arguments odd(String what, String content, String sentence) {
    return odd(what, content.getBytes(StandardCharsets.UTF_8), sentence);
  }

  private static Arguments odd(String what, byte[] content, String sentence) {
    return Arguments.of(what, content, sentence);
  }

  private static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }
}
