package io.tlstunnel.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.read.ListAppender;
import io.tlstunnel.TlsTunnel;
import io.tlstunnel.testpki.CertificateSpec;
import io.tlstunnel.testpki.Issued;
import io.tlstunnel.testpki.Pem;
import io.tlstunnel.testpki.RevocationList;
import io.tlstunnel.testpki.TestCa;
import io.tlstunnel.testpki.TestKeys;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.slf4j.LoggerFactory;

/**
 * Ensures that nothing of a file, and no password, gets into a message, a cause, the log or a
 * value's text, however the file is damaged and whichever reader it is given to.
 */
@Tag("trials")
class SecretsInMessagesTest {
  /** Whoever sees so much of a key in one piece sees that it was told. */
  private static final int PIECE = 12;

  private static final String PASSWORD = "open-sesame-4711-correct-horse";
  private static final TestCa CA = TestCa.create("authority");
  private static final Issued CLIENT = CA.client("client");

  @TempDir Path dir;

  private final ListAppender<ILoggingEvent> log = new ListAppender<>();
  private final Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
  private final Level level = root.getLevel();

  @BeforeEach
  void listen() {
    log.start();
    root.addAppender(log);
    root.setLevel(Level.TRACE);
  }

  @AfterEach
  void stopListening() {
    root.setLevel(level);
    root.detachAppender(log);
  }

  static Stream<Arguments> files() {
    Issued rsa = CA.issue(CertificateSpec.of("CN=rsa").keys(TestKeys.rsa()));
    return Stream.of(
        Arguments.of("8 an EC key", Pem.pkcs8(CLIENT.key())),
        Arguments.of("8 an RSA key", Pem.pkcs8(rsa.key())),
        Arguments.of("8 a PKCS#1 key", KeyForms.pkcs1(rsa.key())),
        Arguments.of("8 a SEC1 key", KeyForms.sec1(CLIENT.key())),
        Arguments.of(
            "8 an encrypted key",
            KeyForms.encrypted(CLIENT.key(), PASSWORD, "PBEWithHmacSHA256AndAES_256")),
        Arguments.of(
            "8 an OpenSSH key", Pem.block("OPENSSH PRIVATE KEY", CLIENT.key().getEncoded())),
        Arguments.of("8 a chain", Pem.certificates(CLIENT.chain())),
        Arguments.of(
            "8 certificate and key in one file",
            Pem.certificates(CLIENT.chain()) + Pem.pkcs8(CLIENT.key())),
        Arguments.of(
            "8 a revocation list",
            Pem.block(
                "X509 CRL",
                RevocationList.of(CertificateSpec.of("CN=issuer").authority().selfSigned()))));
  }

  @ParameterizedTest(name = "{0}, damaged in every way, in no message")
  @MethodSource("files")
  void damagedFileIsNowhereQuoted(String what, String pem) throws IOException {
    Set<String> pieces = pieces(pem);
    Path chain = Pem.write(dir.resolve("chain.pem"), Pem.certificates(CLIENT.chain()));
    Path key = Pem.write(dir.resolve("key.pem"), Pem.pkcs8(CLIENT.key()));
    int refused = 0;
    for (Map.Entry<String, byte[]> damage : damages(pem).entrySet()) {
      Path file = Files.write(dir.resolve("damaged"), damage.getValue());
      List<Callable<?>> readers = new ArrayList<>(readers(chain, key, file));
      if (!damage.getKey().matches(".* at [0-9]+")) {
        readers.addAll(contentAsPath(chain, key, file));
      }
      for (Callable<?> reader : readers) {
        String told = told(reader);
        refused += told.contains("IllegalArgumentException") ? 1 : 0;
        assertNoneOf(pieces, told, what + ", " + damage.getKey());
      }
    }
    assertThat(refused).as("files that were refused").isGreaterThan(damages(pem).size() * 3);
  }

  @Test
  @DisplayName("8 a password, in no message of a key store, a key file or a builder")
  void passwordIsNowhereQuoted() throws Exception {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    store.setKeyEntry(
        "client", CLIENT.key(), PASSWORD.toCharArray(), CLIENT.chain().toArray(new Certificate[0]));
    Path chain = Pem.write(dir.resolve("chain.pem"), Pem.certificates(CLIENT.chain()));
    Path key =
        Pem.write(
            dir.resolve("key.pem"),
            KeyForms.encrypted(CLIENT.key(), PASSWORD, "PBEWithHmacSHA256AndAES_256"));
    Set<String> pieces = windows(PASSWORD);
    List<Callable<?>> uses =
        List.of(
            () -> ClientCert.keyStore(store, PASSWORD),
            () -> ClientCert.keyStore(store, PASSWORD + "?"),
            () -> ClientCert.keyStore(store, "client", PASSWORD),
            () -> ClientCert.keyStore(store, PASSWORD, "client"),
            () -> ClientCert.pem(chain, key, PASSWORD),
            () -> ClientCert.pem(chain, key, PASSWORD + "?"),
            () -> ClientCert.pem(chain, key, PASSWORD + "\u00e9"),
            () -> TlsTunnel.builder().clientCert(chain, key, PASSWORD),
            () -> TlsTunnel.builder().clientCert(store, PASSWORD).clientCert(store, PASSWORD),
            () -> TlsTunnel.builder().upstream("https://me:" + PASSWORD + "@a.test", 443),
            () -> TlsTunnel.builder().sni("me:" + PASSWORD + "@a.test"),
            () -> TlsTunnel.builder().authority("me:" + PASSWORD + "@a.test"));
    for (Callable<?> use : uses) {
      assertNoneOf(pieces, told(use), "a password");
    }
  }

  private static List<Callable<?>> readers(Path chain, Path key, Path file) {
    return List.of(
        () -> ClientCert.pem(chain, file),
        () -> ClientCert.pem(chain, file, PASSWORD + "?"),
        () -> ClientCert.pem(file, key),
        () -> ClientCert.pem(file, file),
        () -> ServerTrust.pem(file),
        () -> ServerTrust.certificates(CA.certificates()).withRevocationLists(file));
  }

  /** The content where the name of the file should be, as environment variables have it. */
  private static List<Callable<?>> contentAsPath(Path chain, Path key, Path file)
      throws IOException {
    try {
      Path content = Path.of(Files.readString(file, StandardCharsets.ISO_8859_1));
      return List.of(
          () -> ClientCert.pem(chain, content),
          () -> ClientCert.pem(content, key),
          () -> ServerTrust.pem(content));
    } catch (InvalidPathException e) {
      // No path can hold a NUL.
      return List.of();
    }
  }

  /** All that is said in the course of a call: the value's text or the exception, and the log. */
  private String told(Callable<?> call) {
    StringWriter told = new StringWriter();
    log.list.clear();
    try {
      told.append(String.valueOf(call.call()));
    } catch (Exception e) {
      e.printStackTrace(new PrintWriter(told, true));
    }
    for (ILoggingEvent event : log.list) {
      told.append(event.getFormattedMessage()).append('\n');
      told.append(String.valueOf(ThrowableProxyUtil.asString(event.getThrowableProxy())));
    }
    return told.toString();
  }

  private static void assertNoneOf(Set<String> pieces, String told, String what) {
    for (int i = 0; i + PIECE <= told.length(); i++) {
      if (pieces.contains(told.substring(i, i + PIECE))) {
        fail("%s is quoted at %d of: %s", what, i, told);
      }
    }
  }

  /** Every piece of the base64 of the blocks, and of their content in hexadecimal digits. */
  private static Set<String> pieces(String pem) {
    Set<String> pieces = new HashSet<>();
    for (String block : pem.strip().split("-----END [A-Z0-9 ]+-----", -1)) {
      String base64 = block.replaceFirst("-----BEGIN [A-Z0-9 ]+-----", "").replaceAll("\\s", "");
      pieces.addAll(windows(base64));
      pieces.addAll(windows(HexFormat.of().formatHex(Base64.getDecoder().decode(base64))));
    }
    // Zeros are no secret: paths have them, too.
    pieces.removeIf(piece -> piece.chars().distinct().count() < 4);
    return pieces;
  }

  private static Set<String> windows(String text) {
    Set<String> windows = new HashSet<>();
    for (int i = 0; i + PIECE <= text.length(); i++) {
      windows.add(text.substring(i, i + PIECE));
    }
    return windows;
  }

  private static Map<String, byte[]> damages(String pem) {
    Map<String, byte[]> all = new LinkedHashMap<>();
    List<String> lines = pem.lines().toList();
    String body = lines.get(1);
    int last = pem.lastIndexOf("-----BEGIN");
    String base64 = pem.substring(last).replaceAll("-----[A-Z0-9 ]+-----|\\s", "");
    texts(pem, lines, body, base64)
        .forEach((name, text) -> all.put(name, text.getBytes(StandardCharsets.UTF_8)));
    for (String charset : List.of("UTF-16", "UTF-16LE", "UTF-16BE", "UTF-32")) {
      all.put(charset, pem.getBytes(Charset.forName(charset)));
    }
    byte[] der = Base64.getDecoder().decode(base64);
    all.put("DER", der);
    all.put("cut DER", Arrays.copyOf(der, der.length / 2));
    for (int i = 0; i < pem.length(); i += 1 + pem.length() / 7) {
      all.put("cut at " + i, pem.substring(0, i).getBytes(StandardCharsets.UTF_8));
      all.put("begun at " + i, pem.substring(i).getBytes(StandardCharsets.UTF_8));
      for (char odd : ":*-\\".toCharArray()) {
        all.put(
            "with " + odd + " at " + i,
            (pem.substring(0, i) + odd + pem.substring(i + 1)).getBytes(StandardCharsets.UTF_8));
      }
    }
    return all;
  }

  private static Map<String, String> texts(
      String pem, List<String> lines, String body, String base64) {
    Map<String, String> texts = new LinkedHashMap<>();
    for (String ending : List.of("", " ", "\t", "\\n", "\\r\\n", "\\\\n", "\r", "\n\n", ",", ";")) {
      texts.put("lines that end with '" + ending + "'", pem.replace("\n", ending));
    }
    for (String front : List.of("# ", "> ", "  ", "x", "\"", "- ", "\uFEFF")) {
      texts.put("lines that begin with '" + front + "'", pem.replaceAll("(?m)^", front));
    }
    texts.put("JSON", "{\"key\": \"" + pem.replace("\n", "\\n") + "\"}");
    texts.put("YAML", "key: |\n" + pem.replaceAll("(?m)^", "  "));
    texts.put("YAML on one line", "key: " + pem.replace("\n", " "));
    texts.put("an environment variable", "KEY=" + pem);
    texts.put("shell", "KEY='" + pem.strip() + "'");
    texts.put("HTML", "<!doctype html>\n<pre>" + pem + "</pre>");
    texts.put("base64 only", base64);
    texts.put(
        "base64 of it", Base64.getEncoder().encodeToString(pem.getBytes(StandardCharsets.UTF_8)));
    texts.put("without its header", String.join("\n", lines.subList(1, lines.size())));
    texts.put("without its end", String.join("\n", lines.subList(0, lines.size() - 1)));
    texts.put(
        "a label that is the content",
        "-----BEGIN " + body + "-----\nAAAA\n-----END " + body + "-----\n");
    texts.put("a label with the content", "-----BEGIN PRIVATE KEY " + base64 + "-----\n" + pem);
    texts.put("a header with the content", pem.replace("-----\n", " " + base64 + "-----\n"));
    texts.put("content behind BEGIN", pem.replaceFirst("-----\n", "-----"));
    texts.put("small letters", pem.replace("BEGIN", "begin").replace("END", "end"));
    texts.put("four dashes", pem.replace("-----", "----"));
    texts.put("long dashes", pem.replace("-----", "\u2013\u2013\u2013\u2013\u2013"));
    texts.put("twice", pem + pem);
    texts.put("URL-safe", pem.replace('+', '-').replace('/', '_'));
    texts.put("its own header", pem.replaceFirst("\n", "\nProc-Type: 4," + base64 + "\n\n"));
    texts.put("another label", pem.replace("PRIVATE KEY", base64.substring(0, 40)));
    for (String label :
        List.of(
            "PRIVATE KEY",
            "ENCRYPTED PRIVATE KEY",
            "RSA PRIVATE KEY",
            "EC PRIVATE KEY",
            "CERTIFICATE",
            "TRUSTED CERTIFICATE",
            "X509 CRL",
            "OPENSSH PRIVATE KEY",
            "EC PARAMETERS")) {
      texts.put("as " + label, Pem.block(label, Base64.getDecoder().decode(base64)));
      texts.put(
          "base64 twice as " + label, Pem.block(label, base64.getBytes(StandardCharsets.UTF_8)));
      texts.put("PEM in " + label, Pem.block(label, pem.getBytes(StandardCharsets.UTF_8)));
    }
    return texts;
  }
}
