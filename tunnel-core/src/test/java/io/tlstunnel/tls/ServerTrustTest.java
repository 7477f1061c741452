package io.tlstunnel.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tlstunnel.testpki.CertificateSpec;
import io.tlstunnel.testpki.Issued;
import io.tlstunnel.testpki.Pem;
import io.tlstunnel.testpki.RevocationList;
import io.tlstunnel.testpki.TestCa;
import java.net.Socket;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ServerTrustTest {
  private static final TestCa CA = TestCa.create("server authority");
  private static final TestCa OTHER = TestCa.create("other authority");

  private static final Issued ISSUER = CertificateSpec.of("CN=issuer").authority().selfSigned();

  @TempDir Path dir;

  @Test
  void systemTrustIsTheJvmsOwn() {
    ServerTrust trust = ServerTrust.system();
    assertThat(trust).hasToString("ServerTrust[the JVM's trust store]");
    assertThat(trust.trustManager().getAcceptedIssuers()).isNotEmpty();
  }

  @Test
  void everyCertificateOfAFileIsTrusted() {
    Path file =
        Pem.write(
            dir.resolve("ca.pem"),
            "# the authorities\n",
            Pem.certificates(CA.certificates()),
            Pem.certificates(OTHER.certificates()));
    ServerTrust trust = ServerTrust.pem(file);
    assertThat(trust).hasToString("ServerTrust[" + file + "]");
    assertThat(trust.trustManager().getAcceptedIssuers())
        .containsExactlyInAnyOrder(CA.certificate(), OTHER.certificate());
  }

  @Test
  void givenCertificatesAreTrusted() {
    ServerTrust trust = ServerTrust.certificates(List.of(CA.certificate(), OTHER.certificate()));
    assertThat(trust).hasToString("ServerTrust[2 certificates]");
    assertThat(trust.trustManager().getAcceptedIssuers())
        .containsExactlyInAnyOrder(CA.certificate(), OTHER.certificate());
    assertThat(ServerTrust.certificates(CA.certificates()))
        .hasToString("ServerTrust[1 certificate]");
  }

  @Test
  void certificateEntriesOfAKeyStoreAreTrusted() throws Exception {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    store.setCertificateEntry("authority", CA.certificate());
    ServerTrust trust = ServerTrust.keyStore(store);
    assertThat(trust).hasToString("ServerTrust[a key store]");
    assertThat(trust.trustManager().getAcceptedIssuers()).containsExactly(CA.certificate());
  }

  @Test
  void fileWithoutCertificateIsRefused() {
    Path key = Pem.write(dir.resolve("tls.key"), Pem.pkcs8(CA.client("client").key()));
    assertRefused(
        () -> ServerTrust.pem(key),
        key
            + ": holds no certificate, only: PRIVATE KEY (expected: the trusted CA certificates;"
            + " were certificate and key swapped?)");
  }

  @Test
  void missingFileIsNamed() {
    Path missing = dir.resolve("nowhere.pem");
    assertRefused(
        () -> ServerTrust.pem(missing),
        missing + ": no such file (expected: a PEM file with the trusted CA certificates)");
  }

  @Test
  void trustInNobodyIsRefused() {
    assertRefused(
        () -> ServerTrust.certificates(List.of()),
        "trusted certificates: none given (expected: at least one CA certificate; for the JVM's own"
            + " use ServerTrust.system())");
  }

  @Test
  void keyStoreWithoutCertificateIsRefused() throws Exception {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    assertRefused(
        () -> ServerTrust.keyStore(store),
        "trust store: holds no certificate entry (expected: the trusted CA certificates; add one:"
            + " keytool -importcert)");
  }

  @Test
  void keyStoreWithOnlyOurOwnKeyIsNoTrustStore() throws Exception {
    Issued client = CA.client("client");
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    store.setKeyEntry(
        "client", client.key(), new char[0], client.chain().toArray(new Certificate[0]));
    assertRefused(
        () -> ServerTrust.keyStore(store),
        "trust store: holds no certificate entry (expected: the trusted CA certificates; add one:"
            + " keytool -importcert)");
  }

  @Test
  void keyStoreThatIsNotLoadedIsRefused() throws Exception {
    KeyStore store = KeyStore.getInstance("PKCS12");
    assertRefused(
        () -> ServerTrust.keyStore(store),
        "key store: is not loaded (call KeyStore.load(...) before giving it to the tunnel)");
  }

  @Test
  void revocationIsNotCheckedUntilListsAreGiven() {
    ServerTrust trust = ServerTrust.certificates(CA.certificates());
    assertThat(trust.revocationLists()).isEmpty();
    Path lists =
        Pem.write(
            dir.resolve("crl.pem"),
            Pem.certificates(CA.certificates()),
            Pem.block("X509 CRL", RevocationList.of(ISSUER)),
            Pem.block("X509 CRL", RevocationList.of(ISSUER)));
    assertThat(trust.withRevocationLists(lists).revocationLists())
        .hasSize(2)
        .allMatch(
            list ->
                list.getIssuerX500Principal()
                    .equals(ISSUER.certificate().getSubjectX500Principal()));
    assertThat(trust.withRevocationLists(lists).trustManager().getAcceptedIssuers())
        .containsExactly(CA.certificate());
    assertThat(trust.revocationLists()).as("a value does not change").isEmpty();
  }

  @Test
  void fileWithoutRevocationListIsRefused() {
    Path file = Pem.write(dir.resolve("ca.pem"), Pem.certificates(CA.certificates()));
    assertRefused(
        () -> ServerTrust.certificates(CA.certificates()).withRevocationLists(file),
        file
            + ": holds no revocation list, only: CERTIFICATE (expected: revocation lists as X509"
            + " CRL blocks)");
  }

  @Test
  void revocationListThatDoesNotTellAllIsRefused() {
    Path file =
        Pem.write(dir.resolve("delta.pem"), Pem.block("X509 CRL", RevocationList.delta(ISSUER)));
    assertRefused(
        () -> ServerTrust.certificates(CA.certificates()).withRevocationLists(file),
        file
            + ": the X509 CRL block at line 1 is a delta or partial revocation list (expected: the"
            + " complete list of a CA)");
  }

  @Test
  void revocationListWithAnUnknownCriticalExtensionIsRefused() {
    byte[] odd = RevocationList.with(ISSUER, "1.3.6.1.4.1.99999.1", true);
    Path file = Pem.write(dir.resolve("odd.pem"), Pem.block("X509 CRL", odd));
    assertRefused(
        () -> ServerTrust.certificates(CA.certificates()).withRevocationLists(file),
        file
            + ": the X509 CRL block at line 1 has a critical extension that is not known here:"
            + " 1.3.6.1.4.1.99999.1 (expected: a list without it, as 'openssl ca -gencrl' writes"
            + " it)");
  }

  @Test
  void deltaListThatDoesNotCallItselfCriticalIsRefused() {
    byte[] delta = RevocationList.with(ISSUER, "2.5.29.27", false);
    Path file = Pem.write(dir.resolve("delta.pem"), Pem.block("X509 CRL", delta));
    assertRefused(
        () -> ServerTrust.certificates(CA.certificates()).withRevocationLists(file),
        file
            + ": the X509 CRL block at line 1 is a delta or partial revocation list (expected: the"
            + " complete list of a CA)");
  }

  @Test
  void damagedRevocationListIsRefused() {
    Path file = Pem.write(dir.resolve("crl.pem"), Pem.block("X509 CRL", new byte[] {0x30, 1, 2}));
    assertThatThrownBy(() -> ServerTrust.certificates(CA.certificates()).withRevocationLists(file))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            file
                + ": the X509 CRL block at line 1 is no valid revocation list (write the file anew;"
                + " it may have been cut or edited)");
  }

  @Test
  void engineThatDoesNotAskForTheNameCheckIsRefused() throws Exception {
    SSLEngine engine = SSLContext.getDefault().createSSLEngine("localhost", 443);
    X509Certificate[] chain = chain();
    assertRefusesCertificate(
        () -> manager().checkServerTrusted(chain, "ECDHE_ECDSA", engine),
        "the server's name would not be checked: endpoint identification is null (expected:"
            + " HTTPS)");
  }

  @Test
  void questionWithoutAnEngineIsRefused() {
    X509Certificate[] chain = chain();
    String message = "the server's name would not be checked: asked without a TLS engine";
    assertRefusesCertificate(() -> manager().checkServerTrusted(chain, "ECDHE_ECDSA"), message);
    try (Socket socket = new Socket()) {
      assertRefusesCertificate(
          () -> manager().checkServerTrusted(chain, "ECDHE_ECDSA", socket), message);
    } catch (java.io.IOException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void clientsAreNotItsBusiness() throws Exception {
    SSLEngine engine = SSLContext.getDefault().createSSLEngine();
    X509Certificate[] chain = chain();
    String message = "ServerTrust judges servers, not clients";
    assertRefusesCertificate(() -> manager().checkClientTrusted(chain, "EC"), message);
    assertRefusesCertificate(() -> manager().checkClientTrusted(chain, "EC", engine), message);
    try (Socket socket = new Socket()) {
      assertRefusesCertificate(() -> manager().checkClientTrusted(chain, "EC", socket), message);
    }
  }

  private static X509ExtendedTrustManager manager() {
    return ServerTrust.certificates(CA.certificates()).trustManager();
  }

  private static X509Certificate[] chain() {
    return CA.server("localhost").chain().toArray(new X509Certificate[0]);
  }

  private static void assertRefused(ThrowingCallable call, String message) {
    assertThatThrownBy(call).isInstanceOf(IllegalArgumentException.class).hasMessage(message);
  }

  private static void assertRefusesCertificate(ThrowingCallable call, String message) {
    assertThatThrownBy(call).isInstanceOf(CertificateException.class).hasMessage(message);
  }
}
