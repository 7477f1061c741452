package io.tlstunnel.tests.tls;

import static org.assertj.core.api.Assertions.assertThat;

import io.tlstunnel.TlsTunnel;
import io.tlstunnel.TlsTunnelBuilder;
import io.tlstunnel.junit.GrpcBackend;
import io.tlstunnel.junit.RecordedCall;
import io.tlstunnel.junit.TestCa;
import io.tlstunnel.tls.ServerTrust;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.Resources;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Ensures that the remote is the one that was asked for, however the tunnel was set up. */
@Tag("tls")
class IdentityTest {
  private static final String ASKED = "the remote's certificate is not for backend.test, but for ";

  @TempDir Path files;

  private final TestCa ca = TestCa.create();
  private GrpcBackend backend;

  @BeforeEach
  void start() {
    backend = GrpcBackend.builder(ca).anyClient().service(TunnelUnderTest.echo()).start();
  }

  @AfterEach
  void stop() {
    backend.close();
  }

  @ParameterizedTest(name = "I1 authority that is not the SNI, {0}")
  @EnumSource
  void certificateIsJudgedByTheSni(Provider provider) {
    TlsTunnelBuilder settings = route().trust(List.of(ca.root())).authority("front.test:8443");
    try (TunnelUnderTest tunnel = new TunnelUnderTest(provider.choose(settings))) {
      backend.present(ca.server("front.test"));
      assertThat(tunnel.refuses().cause()).isEqualTo(ASKED + "front.test");
      assertThat(backend.calls()).isEmpty();

      backend.present(ca.server("backend.test"));
      tunnel.serves();
      RecordedCall call = backend.calls().get(0);
      assertThat(call.sni()).isEqualTo("backend.test");
      assertThat(call.authority()).isEqualTo("front.test:8443");
    }
  }

  @ParameterizedTest(name = "I2 name checked by every TLS version, {0}, {1}")
  @CsvSource(textBlock = "BORINGSSL, TLSv1.3\nBORINGSSL, TLSv1.2\nJDK, TLSv1.3\nJDK, TLSv1.2")
  void nameIsCheckedByEveryVersion(Provider provider, String version) {
    assertNameChecked(provider, route().tlsVersions(version).trust(List.of(ca.root())));
  }

  /** The ways to say whom a tunnel trusts. */
  enum Trust {
    CERTIFICATES,
    PEM_FILE,
    KEY_STORE,
    JVM_TRUST_STORE
  }

  static Stream<Arguments> trusts() {
    return Stream.of(Trust.values())
        .flatMap(trust -> Stream.of(Provider.values()).map(p -> Arguments.of(trust, p)));
  }

  @ParameterizedTest(name = "I3 name checked under trust by {0}, {1}")
  @MethodSource("trusts")
  @ResourceLock(Resources.SYSTEM_PROPERTIES)
  void nameIsCheckedUnderEveryTrust(Trust trust, Provider provider) {
    assertNameChecked(
        provider,
        switch (trust) {
          case CERTIFICATES -> route().trust(List.of(ca.root()));
          case PEM_FILE -> route().trust(ca.pemFile());
          case KEY_STORE -> route().trust(keyStore());
          case JVM_TRUST_STORE -> route().trust(systemTrust());
        });
  }

  private void assertNameChecked(Provider provider, TlsTunnelBuilder settings) {
    try (TunnelUnderTest tunnel = new TunnelUnderTest(provider.choose(settings))) {
      backend.present(ca.server("other.test"));
      assertThat(tunnel.refuses().cause()).isEqualTo(ASKED + "other.test");
      assertThat(backend.calls()).isEmpty();

      backend.present(ca.server("backend.test"));
      tunnel.serves();
    }
  }

  private TlsTunnelBuilder route() {
    return TlsTunnel.builder().upstream("127.0.0.1", backend.port()).sni("backend.test");
  }

  private ServerTrust systemTrust() {
    Path file = files.resolve("cacerts.p12");
    try (OutputStream out = Files.newOutputStream(file)) {
      keyStore().store(out, "changeit".toCharArray());
    } catch (IOException | GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
    System.setProperty("javax.net.ssl.trustStore", file.toString());
    System.setProperty("javax.net.ssl.trustStorePassword", "changeit");
    try {
      return ServerTrust.system();
    } finally {
      System.clearProperty("javax.net.ssl.trustStore");
      System.clearProperty("javax.net.ssl.trustStorePassword");
    }
  }

  private KeyStore keyStore() {
    try {
      KeyStore store = KeyStore.getInstance("PKCS12");
      store.load(null, null);
      store.setCertificateEntry("ca", ca.root());
      return store;
    } catch (IOException | GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }
}
