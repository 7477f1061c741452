package io.tlstunnel.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tlstunnel.TlsTunnel;
import io.tlstunnel.testpki.Pem;
import io.tlstunnel.testpki.TestCa;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.Resources;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The trust store that the JVM's properties name is the one that counts, or nothing starts. */
@Tag("trials")
@ResourceLock(Resources.SYSTEM_PROPERTIES)
class SystemTrustTest {
  private static final String STORE = "javax.net.ssl.trustStore";
  private static final String TYPE = STORE + "Type";
  private static final String PROVIDER = STORE + "Provider";
  private static final String PASSWORD = STORE + "Password";
  private static final TestCa CA = TestCa.create("own authority");

  @TempDir Path dir;

  private final Map<String, String> before =
      List.of(STORE, TYPE, PROVIDER, PASSWORD).stream()
          .filter(name -> System.getProperty(name) != null)
          .collect(Collectors.toMap(name -> name, System::getProperty));

  @BeforeEach
  @AfterEach
  void clear() {
    List.of(STORE, TYPE, PROVIDER, PASSWORD).forEach(System::clearProperty);
    before.forEach(System::setProperty);
  }

  @Test
  @DisplayName("11 a trust store that is missing: not the public authorities in its place")
  void missingStoreIsNamed() {
    Path missing = dir.resolve("missing.p12");
    System.setProperty(STORE, missing.toString());
    assertRefused(
        STORE
            + ": '"
            + missing
            + "': no such file (expected: a key store with the trusted CA certificates)");
    assertThatThrownBy(() -> TlsTunnel.builder().upstream("localhost", 443).start())
        .as("a tunnel without trust(...)")
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(missing.toString());
    assertThatThrownBy(() -> TlsTunnel.builder().upstream("localhost", 443).diagnose())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(missing.toString());
  }

  @ParameterizedTest(name = "11 a trust store that is no file: ''{0}''")
  @ValueSource(strings = {"", "a\0b"})
  void nameThatIsNoneIsRefused(String name) {
    System.setProperty(STORE, name);
    assertRefused(
        STORE
            + ": '"
            + name
            + "': is not the name of a file (expected: a key store with the trusted CA"
            + " certificates)");
  }

  @Test
  @DisplayName("11 a trust store that is a directory, or is none")
  void fileThatIsNoStoreIsRefused() {
    String remedy = " (check the file, " + TYPE + " and " + PASSWORD + ")";
    System.setProperty(STORE, dir.toString());
    assertRefused(STORE + ": '" + dir + "': is a directory" + remedy);
    Path text = Pem.write(dir.resolve("ca.pem"), Pem.certificates(CA.certificates()));
    System.setProperty(STORE, text.toString());
    assertRefused(
        STORE + ": '" + text + "': cannot be read as a key store of the type pkcs12" + remedy);
  }

  @ParameterizedTest(name = "11 a {0} trust store with no authority in it")
  @ValueSource(strings = {"PKCS12", "JKS"})
  void emptyStoreIsRefused(String type) throws Exception {
    Path empty = store(type, "sesame", null);
    System.setProperty(STORE, empty.toString());
    System.setProperty(PASSWORD, "sesame");
    assertRefused(
        STORE
            + ": '"
            + empty
            + "': holds no certificate (add the trusted CA certificates: keytool -importcert)");
  }

  @ParameterizedTest(name = "11 a {0} trust store is the one that counts")
  @ValueSource(strings = {"PKCS12", "JKS"})
  void namedStoreIsTrustedAndNothingElse(String type) throws Exception {
    System.setProperty(STORE, store(type, "sesame", CA).toString());
    System.setProperty(PASSWORD, "sesame");
    assertThat(ServerTrust.system().trustManager().getAcceptedIssuers())
        .containsExactly(CA.certificate());
  }

  @Test
  @DisplayName("11 a trust store without its password, with a wrong one, of a wrong type")
  void passwordAndTypeAreNamed() throws Exception {
    Path file = store("PKCS12", "sesame", CA);
    System.setProperty(STORE, file.toString());
    assertRefused(
        STORE
            + ": '"
            + file
            + "': holds no certificate that can be read without a password (set "
            + PASSWORD
            + ", or add the trusted CA certificates: keytool -importcert)");
    System.setProperty(PASSWORD, "wrong-password-0815");
    assertRefused(
        STORE + ": '" + file + "': cannot be opened with its password (check " + PASSWORD + ")");
    System.setProperty(PASSWORD, "sesame");
    System.setProperty(TYPE, "ODD");
    assertRefused(
        STORE
            + ": '"
            + file
            + "': this JVM has no key stores of the type ODD (check "
            + TYPE
            + " and "
            + PROVIDER
            + ")");
    System.setProperty(TYPE, "PKCS12");
    System.setProperty(PROVIDER, "Nobody");
    assertRefused(
        STORE
            + ": '"
            + file
            + "': this JVM has no key stores of the type PKCS12 of the provider Nobody (check "
            + TYPE
            + " and "
            + PROVIDER
            + ")");
  }

  @Test
  @DisplayName("11 no trust store is named: the Java runtime's own")
  void withoutPropertiesTheRuntimesOwnCounts() {
    assertThat(ServerTrust.system().trustManager().getAcceptedIssuers()).isNotEmpty();
  }

  private static void assertRefused(String message) {
    assertThatThrownBy(ServerTrust::system)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(message)
        .hasNoCause();
  }

  private Path store(String type, String password, @Nullable TestCa authority) throws Exception {
    KeyStore store = KeyStore.getInstance(type);
    store.load(null, null);
    if (authority != null) {
      store.setCertificateEntry("authority", authority.certificate());
    }
    Path file = dir.resolve("trust." + type);
    try (OutputStream out = Files.newOutputStream(file)) {
      store.store(out, password.toCharArray());
    }
    return file;
  }
}
