package io.tlstunnel.tls;

import static io.tlstunnel.testpki.DerWriter.octets;
import static io.tlstunnel.testpki.DerWriter.oid;
import static io.tlstunnel.testpki.DerWriter.sequence;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tlstunnel.testpki.CertificateSpec;
import io.tlstunnel.testpki.Issued;
import io.tlstunnel.testpki.Pem;
import io.tlstunnel.testpki.TestCa;
import io.tlstunnel.testpki.TestKeys;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.interfaces.ECPrivateKey;
import java.util.List;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ClientCertTest {
  private static final TestCa CA = TestCa.create("client authority");
  private static final Issued EC = CA.client("ec-client");
  private static final KeyPair RSA_KEYS = TestKeys.rsa();
  private static final Issued RSA = CA.issue(CertificateSpec.of("CN=rsa-client").keys(RSA_KEYS));

  @TempDir Path dir;

  @Test
  void noBouncyCastleIsHereToHideWhatTheJdkCannotRead() {
    assertThatThrownBy(() -> Class.forName("org.bouncycastle.jce.provider.BouncyCastleProvider"))
        .isInstanceOf(ClassNotFoundException.class);
  }

  @Test
  void pkcs8EcKeyLoads() {
    assertLoads(EC, Pem.pkcs8(EC.key()));
  }

  @Test
  void pkcs8RsaKeyLoads() {
    assertLoads(RSA, Pem.pkcs8(RSA.key()));
  }

  @ParameterizedTest
  @ValueSource(strings = {"Ed25519", "Ed448", "RSASSA-PSS"})
  void pkcs8KeyOfTheRarerKindsLoads(String algorithm) {
    Issued client = CA.issue(CertificateSpec.of("CN=client").keys(TestKeys.named(algorithm)));
    assertLoads(client, Pem.pkcs8(client.key()));
  }

  @Test
  void pkcs1RsaKeyLoads() {
    assertLoads(RSA, KeyForms.pkcs1(RSA.key()));
  }

  @ParameterizedTest
  @ValueSource(strings = {"secp256r1", "secp384r1", "secp521r1"})
  void sec1KeyThatNamesItsCurveLoads(String curve) {
    Issued client = CA.issue(CertificateSpec.of("CN=client").keys(TestKeys.ec(curve)));
    assertLoads(client, KeyForms.sec1(client.key()));
  }

  @Test
  void sec1KeyTakesItsCurveFromTheBlockInFrontOfIt() {
    assertLoads(EC, KeyForms.ecParameters(EC.key()) + KeyForms.sec1WithoutCurve(EC.key()));
    assertLoads(EC, KeyForms.ecParameters(EC.key()) + KeyForms.sec1(EC.key()));
  }

  @Test
  void oneFileMayHoldCertificateAndKey() {
    Path both =
        Pem.write(
            dir.resolve("both.pem"),
            "Bag Attributes\n    friendlyName: client\n",
            KeyForms.sec1(EC.key()),
            Pem.certificates(EC.chain()).replace("\n", "\r\n"));
    assertSame(ClientCert.pem(both, both), EC);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "PBEWithHmacSHA256AndAES_256",
        "PBEWithHmacSHA1AndAES_128",
        "PBEWithSHA1AndDESede",
        "PBEWithMD5AndDES"
      })
  void encryptedKeyLoadsWithItsPassword(String scheme) {
    Path key = write("tls.key", KeyForms.encrypted(EC.key(), "sesame", scheme));
    assertSame(ClientCert.pem(chain(EC), key, "sesame"), EC);
  }

  @Test
  void passwordIsUnusedIfTheKeyIsNotEncrypted() {
    assertSame(ClientCert.pem(chain(EC), write("tls.key", Pem.pkcs8(EC.key())), "unused"), EC);
  }

  @Test
  void issuersOfTheChainAreKeptInOrder() {
    Issued intermediate = CA.issue(CertificateSpec.of("CN=intermediate").authority());
    Issued client = CertificateSpec.of("CN=client").signedBy(intermediate);
    ClientCert cert = ClientCert.pem(chain(client), write("tls.key", Pem.pkcs8(client.key())));
    assertThat(cert.chain()).isEqualTo(client.chain()).hasSize(2);
  }

  @Test
  void textShowsSubjectAndExpiryAndNothingOfTheKey() {
    ClientCert cert = ClientCert.of(EC.key(), EC.chain());
    assertThat(cert.subject()).isEqualTo("CN=ec-client");
    assertThat(cert)
        .hasToString(
            "ClientCert[CN=ec-client, valid until "
                + EC.certificate().getNotAfter().toInstant()
                + "]");
  }

  @Test
  void missingFileIsNamed() {
    Path missing = dir.resolve("nowhere.crt");
    assertRefused(
        () -> ClientCert.pem(missing, missing),
        missing
            + ": no such file (expected: a PEM file with the client certificate, then its"
            + " issuers)");
  }

  @Test
  void directoryIsNotAFile() {
    assertRefused(
        () -> ClientCert.pem(chain(EC), dir),
        dir + ": is a directory (expected: a PEM file with a private key)");
  }

  @Test
  void emptyFileIsRefused() {
    Path empty = write("tls.key", "");
    assertRefused(
        () -> ClientCert.pem(chain(EC), empty),
        empty + ": the file is empty (expected: a private key in PEM form)");
  }

  @Test
  void fileWithoutPemBlockIsRefused() {
    Path der = write("tls.crt", "this is not PEM");
    assertRefused(
        () -> ClientCert.pem(der, der),
        der
            + ": holds no PEM block (expected: the client certificate, then its issuers between"
            + " '-----BEGIN …-----' and '-----END …-----')");
  }

  @Test
  void halfWrittenFileIsRefused() {
    String whole = Pem.certificates(EC.chain());
    Path cut = write("tls.crt", whole.substring(0, whole.length() / 2));
    assertRefused(
        () -> ClientCert.pem(cut, cut),
        cut
            + ": half-written: the CERTIFICATE block at line 1 has no END line (write the file"
            + " anew; replace it by renaming, so that it is never seen in part)");
  }

  @Test
  void blockWithCutBase64IsRefused() {
    Path cut = write("tls.key", "-----BEGIN PRIVATE KEY-----\nMIGHA\n-----END PRIVATE KEY-----\n");
    assertThatThrownBy(() -> ClientCert.pem(chain(EC), cut))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(cut + ": the PRIVATE KEY block at line 1 is no valid base64: ")
        .hasMessageEndingWith(" (write the file anew; it may have been cut or edited)");
  }

  @Test
  void certificateWithMissingLinesIsRefused() {
    List<String> lines = Pem.certificates(EC.chain()).lines().toList();
    Path cut =
        write(
            "tls.crt", String.join("\n", lines.get(0), lines.get(1), lines.get(lines.size() - 1)));
    assertThatThrownBy(() -> ClientCert.pem(cut, cut))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(cut + ": the CERTIFICATE block at line 1 is no valid certificate: ")
        .hasMessageEndingWith(" (write the file anew; it may have been cut or edited)");
  }

  @Test
  void keyWithMissingLinesIsRefused() {
    List<String> lines = Pem.pkcs8(EC.key()).lines().toList();
    Path cut =
        write(
            "tls.key", String.join("\n", lines.get(0), lines.get(1), lines.get(lines.size() - 1)));
    assertRefused(
        () -> ClientCert.pem(chain(EC), cut),
        cut
            + ": the PRIVATE KEY block at line 1 is no valid private key: its bytes end too early"
            + " (write the file anew; expected: an RSA, EC, Ed25519 or Ed448 key)");
  }

  @Test
  void keyOfAnUnknownAlgorithmIsRefused() {
    Path key = write("tls.key", Pem.pkcs8(TestKeys.named("DSA").getPrivate()));
    assertThatThrownBy(() -> ClientCert.pem(chain(EC), key))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            key
                + ": the PRIVATE KEY block at line 1 cannot be used: it is of the kind DSA"
                + " (expected: an RSA, EC, Ed25519 or Ed448 key)");
  }

  @Test
  void swappedFilesAreRecognised() {
    Path chain = chain(EC);
    Path key = write("tls.key", Pem.pkcs8(EC.key()));
    assertRefused(
        () -> ClientCert.pem(key, chain),
        key
            + ": holds no certificate, only: PRIVATE KEY (expected: the client certificate, then"
            + " its issuers; were certificate and key swapped?)");
    assertRefused(
        () -> ClientCert.pem(chain, chain),
        chain
            + ": holds no private key, only: CERTIFICATE (expected: a private key; were certificate"
            + " and key swapped?)");
  }

  @Test
  void fileWithoutCertificateSaysWhatItHolds() {
    Path file = write("tls.crt", Pem.block("PKCS7", new byte[] {1}));
    assertRefused(
        () -> ClientCert.pem(file, file),
        file
            + ": holds no certificate, only: PKCS7 (take the certificates out of it: openssl pkcs7"
            + " -print_certs -in "
            + file
            + " -out NEW_FILE)");
  }

  @Test
  void twoKeysInOneFileAreRefused() {
    Path key = write("tls.key", Pem.pkcs8(EC.key()), Pem.pkcs8(RSA.key()));
    assertRefused(
        () -> ClientCert.pem(chain(EC), key),
        key
            + ": holds 2 private keys (expected: one; leave only the key of the client certificate"
            + " in the file)");
  }

  @Test
  void keyOfAnotherCertificateIsRefused() {
    Path chain = chain(EC);
    for (PrivateKey other : List.of(RSA.key(), CA.client("other").key())) {
      Path key = write("tls.key", Pem.pkcs8(other));
      assertRefused(
          () -> ClientCert.pem(chain, key),
          key
              + ": does not belong to the certificate CN=ec-client of "
              + chain
              + " (give the key that this certificate was issued for)");
    }
  }

  @Test
  void chainInTheWrongOrderIsRecognised() {
    Path chain =
        write("chain.pem", Pem.certificates(CA.certificates()), Pem.certificates(EC.chain()));
    Path key = write("tls.key", Pem.pkcs8(EC.key()));
    assertRefused(
        () -> ClientCert.pem(chain, key),
        chain
            + ": the private key belongs to certificate 2 of the chain, CN=ec-client (put the"
            + " client's own certificate first, then its issuers)");
  }

  @Test
  void wrongPasswordIsRefused() {
    Path key = write("tls.key", encrypted());
    assertRefused(
        () -> ClientCert.pem(chain(EC), key, "open"),
        key
            + ": the private key cannot be decrypted with this password (check the password:"
            + " openssl pkey -noout -in "
            + key
            + ")");
  }

  /** One in 256 leaves a valid padding behind, and must be told in the same words. */
  @Test
  void everyWrongPasswordIsRefusedAlike() {
    Path key = write("tls.key", KeyForms.encrypted(EC.key(), "sesame", "PBEWithMD5AndDES"));
    Path chain = chain(EC);
    for (int i = 0; i < 1_000; i++) {
      String password = "wrong" + i;
      assertThatIllegalArgumentException()
          .isThrownBy(() -> ClientCert.pem(chain, key, password))
          .withMessageContaining("cannot be decrypted with this password");
    }
  }

  @Test
  void missingPasswordIsAskedFor() {
    Path key = write("tls.key", encrypted());
    assertRefused(
        () -> ClientCert.pem(chain(EC), key),
        key
            + ": the private key is encrypted and no password was given (give it as the third"
            + " argument: clientCert(chain, key, password))");
  }

  @Test
  void passwordThatTheJdkCannotUseIsRefused() {
    Path key = write("tls.key", encrypted());
    assertRefused(
        () -> ClientCert.pem(chain(EC), key, "sésame"),
        key
            + ": the password has characters outside printable ASCII (encrypt the key anew: openssl"
            + " pkcs8 -topk8 -in "
            + key
            + " -out NEW_FILE)");
  }

  /** As openssl pkcs8 -topk8 writes them with -scrypt (RFC 7914, 7) and with -v2 des3. */
  @Test
  void unknownEncryptionIsRefusedWithTheWayToConvertIt() {
    byte[] scrypt = sequence(oid("1.3.6.1.4.1.11591.4.11"));
    byte[] pbkdf2 =
        sequence(oid("1.2.840.113549.1.5.12"), sequence(octets(new byte[8]), new byte[] {2, 1, 9}));
    byte[] tripleDes = sequence(oid("1.2.840.113549.3.7"), octets(new byte[8]));
    byte[] pbes2 = sequence(oid("1.2.840.113549.1.5.13"), sequence(pbkdf2, tripleDes));
    for (byte[] scheme : List.of(scrypt, pbes2)) {
      byte[] envelope = sequence(scheme, octets(new byte[16]));
      Path key = write("tls.key", Pem.block("ENCRYPTED PRIVATE KEY", envelope));
      assertRefused(
          () -> ClientCert.pem(chain(EC), key, "sesame"),
          key
              + ": the private key is encrypted in a way that this JDK does not know (convert it:"
              + " openssl pkcs8 -topk8 -v2 aes-256-cbc -in "
              + key
              + " -out NEW_FILE)");
    }
  }

  @Test
  void damagedEncryptedKeyIsRefused() {
    Path key = write("tls.key", Pem.block("ENCRYPTED PRIVATE KEY", new byte[] {0x30, 0x20, 1}));
    assertRefused(
        () -> ClientCert.pem(chain(EC), key, "sesame"),
        key
            + ": the ENCRYPTED PRIVATE KEY block at line 1 is no valid encrypted key: its bytes end"
            + " too early (write the file anew; it may have been cut or edited)");
  }

  @Test
  void traditionalEncryptionIsRefusedWithTheWayToConvertIt() {
    Path key =
        write(
            "tls.key",
            """
            -----BEGIN RSA PRIVATE KEY-----
            Proc-Type: 4,ENCRYPTED
            DEK-Info: AES-256-CBC,0011223344556677

            AAAA
            -----END RSA PRIVATE KEY-----
            """);
    assertRefused(
        () -> ClientCert.pem(chain(RSA), key, "sesame"),
        key
            + ": the RSA PRIVATE KEY block at line 1 is encrypted in OpenSSL's traditional form"
            + " (DEK-Info) (convert it: openssl pkcs8 -topk8 -v2 aes-256-cbc -in "
            + key
            + " -out NEW_FILE)");
  }

  @Test
  void otherKindOfKeyFileIsRefusedWithTheWayToConvertIt() {
    Path key = write("tls.key", Pem.block("OPENSSH PRIVATE KEY", new byte[] {1}));
    assertRefused(
        () -> ClientCert.pem(chain(EC), key),
        key
            + ": the OPENSSH PRIVATE KEY block at line 1 is in OpenSSH's own format, which no TLS"
            + " library reads (convert a copy: cp "
            + key
            + " NEW_FILE && ssh-keygen -p -m PKCS8 -f NEW_FILE)");
  }

  @Test
  void sec1KeyWithoutACurveIsRefused() {
    Path key = write("tls.key", KeyForms.sec1WithoutCurve(EC.key()));
    assertRefused(
        () -> ClientCert.pem(chain(EC), key),
        key
            + ": the EC PRIVATE KEY block at line 1 cannot be used: neither the key nor an EC"
            + " PARAMETERS block names its curve (put the curve of its certificate in front:"
            + " (openssl ecparam -name prime256v1; cat "
            + key
            + ") > NEW_FILE)");
  }

  @Test
  void sec1KeyWithExplicitParametersIsRefused() {
    Path key = write("tls.key", KeyForms.sec1WithExplicitCurve(EC.key()));
    assertRefused(
        () -> ClientCert.pem(chain(EC), key),
        key
            + ": the EC PRIVATE KEY block at line 1 cannot be used: its curve is given by explicit"
            + " parameters, not by name (convert it: openssl ec -param_enc named_curve -in "
            + key
            + " -out NEW_FILE)");
  }

  @Test
  void emptyChainIsRefused() {
    assertRefused(
        () -> ClientCert.of(EC.key(), List.of()),
        "the certificate chain: is empty (expected: the client certificate, then its issuers)");
  }

  @Test
  void onlyKeyEntryOfAKeyStoreIsTaken() throws Exception {
    KeyStore store = keyStore("one");
    store.setCertificateEntry("authority", CA.certificate());
    assertSame(ClientCert.keyStore(store, "sesame"), EC);
    assertSame(ClientCert.keyStore(store, "one", "sesame"), EC);
  }

  @Test
  void keyStoreWithoutKeyIsRefused() throws Exception {
    KeyStore store = keyStore();
    store.setCertificateEntry("authority", CA.certificate());
    assertRefused(
        () -> ClientCert.keyStore(store, "sesame"),
        "key store: holds no private-key entry (expected: one, with its certificate chain)");
  }

  @Test
  void keyStoreWithSeveralKeysWantsAName() throws Exception {
    KeyStore store = keyStore("one", "two");
    assertRefused(
        () -> ClientCert.keyStore(store, "sesame"),
        "key store: holds 2 private-key entries: one, two (name the one to use:"
            + " ClientCert.keyStore(store, alias, password))");
    assertSame(ClientCert.keyStore(store, "two", "sesame"), EC);
    assertRefused(
        () -> ClientCert.keyStore(store, "three", "sesame"),
        "key store: has no private-key entry with the given alias (it has: one, two; the alias"
            + " comes before the password)");
  }

  @Test
  void secretKeyOfAKeyStoreIsNoIdentity() throws Exception {
    KeyStore store = keyStore();
    store.setKeyEntry("aes", new SecretKeySpec(new byte[16], "AES"), "sesame".toCharArray(), null);
    assertRefused(
        () -> ClientCert.keyStore(store, "aes", "sesame"),
        "key store entry 'aes': is a secret key (expected: a private key)");
  }

  @Test
  void wrongPasswordOfAKeyStoreEntryIsRefused() throws Exception {
    KeyStore store = keyStore("one");
    assertRefused(
        () -> ClientCert.keyStore(store, "open"),
        "key store entry 'one': cannot be decrypted with this password (give the entry's own"
            + " password if it differs from the store's)");
  }

  @Test
  void keyStoreThatIsNotLoadedIsRefused() throws Exception {
    KeyStore store = KeyStore.getInstance("PKCS12");
    String message =
        "key store: is not loaded (call KeyStore.load(...) before giving it to the tunnel)";
    assertRefused(() -> ClientCert.keyStore(store, "sesame"), message);
    assertRefused(() -> ClientCert.keyStore(store, "one", "sesame"), message);
  }

  private void assertLoads(Issued expected, String keyText) {
    assertSame(ClientCert.pem(chain(expected), write("tls.key", keyText)), expected);
  }

  private static void assertSame(ClientCert actual, Issued expected) {
    if (expected.key() instanceof ECPrivateKey ec) {
      // Equal only by number: the JDK compares encodings, which may hold the public key or not.
      assertThat(((ECPrivateKey) actual.privateKey()).getS()).isEqualTo(ec.getS());
    } else {
      assertThat(actual.privateKey()).isEqualTo(expected.key());
    }
    assertThat(actual.chain()).isEqualTo(expected.chain());
  }

  private static void assertRefused(Runnable call, String message) {
    assertThatThrownBy(call::run).isInstanceOf(IllegalArgumentException.class).hasMessage(message);
  }

  private String encrypted() {
    return KeyForms.encrypted(EC.key(), "sesame", "PBEWithHmacSHA256AndAES_256");
  }

  private static KeyStore keyStore(String... aliases) throws Exception {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    for (String alias : aliases) {
      store.setKeyEntry(
          alias, EC.key(), "sesame".toCharArray(), EC.chain().toArray(new Certificate[0]));
    }
    return store;
  }

  private Path chain(Issued issued) {
    return write("tls.crt", Pem.certificates(issued.chain()));
  }

  private Path write(String name, String... texts) {
    return Pem.write(dir.resolve(name), texts);
  }
}
