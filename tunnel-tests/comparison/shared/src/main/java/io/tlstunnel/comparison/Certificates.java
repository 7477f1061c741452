package io.tlstunnel.comparison;

import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.time.Duration;
import java.time.Instant;

/** A CA and what it issued for {@code store.example} and for {@code CN=desk}, as files. */
public final class Certificates {
  /** Of the key stores. */
  public static final String PASSWORD = "changeit";

  /** A certificate and its key. */
  public record Pair(Path chain, Path key, Path keyStore) {}

  private final X509Bundle authority;
  private final Path folder;
  private final Path ca;
  private final Path trustStore;
  private final Pair server;
  private final Pair expired;
  private final Pair client;

  public Certificates() {
    Instant now = Instant.now();
    try {
      folder = Files.createTempDirectory("comparison");
      authority =
          builder("CN=CA", now.minus(Duration.ofDays(9)), now.plus(Duration.ofDays(9)))
              .setIsCertificateAuthority(true)
              .buildSelfSigned();
      ca = write("ca.pem", authority.getCertificatePEM());
      trustStore = folder.resolve("trust.p12");
      store(trustStore, keys -> keys.setCertificateEntry("ca", authority.getCertificate()));
      Instant hourAgo = now.minus(Duration.ofHours(1));
      Instant tomorrow = now.plus(Duration.ofDays(1));
      server = pair("server", server(hourAgo, tomorrow));
      expired = pair("expired", server(now.minus(Duration.ofDays(2)), hourAgo));
      client =
          pair(
              "client",
              builder("CN=desk", hourAgo, tomorrow)
                  .addExtendedKeyUsageClientAuth()
                  .buildIssuedBy(authority));
    } catch (Exception e) {
      throw new IllegalStateException("the certificates could not be made", e);
    }
  }

  /** The CA's certificate, PEM. */
  public Path ca() {
    return ca;
  }

  /** The CA's certificate, PKCS#12. */
  public Path trustStore() {
    return trustStore;
  }

  public Pair server() {
    return server;
  }

  public Pair expired() {
    return expired;
  }

  public Pair client() {
    return client;
  }

  private X509Bundle server(Instant from, Instant until) throws Exception {
    return builder("CN=store.example", from, until)
        .addSanDnsName("store.example")
        .addExtendedKeyUsageServerAuth()
        .buildIssuedBy(authority);
  }

  // RSA, which every tool takes.
  private static CertificateBuilder builder(String subject, Instant from, Instant until) {
    return new CertificateBuilder().subject(subject).notBefore(from).notAfter(until).rsa2048();
  }

  private Pair pair(String name, X509Bundle bundle) throws Exception {
    Path keyStore = folder.resolve(name + ".p12");
    Certificate[] chain = {bundle.getCertificate()};
    store(
        keyStore,
        keys ->
            keys.setKeyEntry(
                name, bundle.getKeyPair().getPrivate(), PASSWORD.toCharArray(), chain));
    return new Pair(
        write(name + ".crt", bundle.getCertificatePEM()),
        write(name + ".key", bundle.getPrivateKeyPEM()),
        keyStore);
  }

  private interface Filling {
    void fill(KeyStore keys) throws Exception;
  }

  private static void store(Path file, Filling filling) throws Exception {
    KeyStore keys = KeyStore.getInstance("PKCS12");
    keys.load(null, null);
    filling.fill(keys);
    try (OutputStream out = Files.newOutputStream(file)) {
      keys.store(out, PASSWORD.toCharArray());
    }
  }

  private Path write(String name, String pem) throws Exception {
    return Files.writeString(folder.resolve(name), pem);
  }
}
