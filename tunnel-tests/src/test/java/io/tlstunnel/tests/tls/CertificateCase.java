package io.tlstunnel.tests.tls;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.tlstunnel.TlsTunnel;
import io.tlstunnel.TlsTunnelBuilder;
import io.tlstunnel.event.Stage;
import io.tlstunnel.event.TunnelFailure;
import io.tlstunnel.junit.GrpcBackend;
import io.tlstunnel.tls.ServerTrust;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.provider.Arguments;

/** A chain that a remote shows, and what must become of it. */
final class CertificateCase {
  static final String HOST = "backend.test";

  private static final String CLOCK = ", and the clock here says ";

  private final String row;
  private List<Provider> providers = List.of(Provider.values());
  private List<X509Certificate> trusted = List.of();
  private @Nullable Path revocationLists;
  private @Nullable String name = HOST;
  private @Nullable Issued shown;
  private @Nullable Issued sound;
  private @Nullable String cause;
  private String remedy = "";
  private boolean dated;

  private CertificateCase(String row) {
    this.row = row;
  }

  /** Begins a case; the text begins with the row's number. */
  static CertificateCase row(String row) {
    return new CertificateCase(row);
  }

  /** All cases, by each TLS provider that they are for. */
  static Stream<Arguments> byBothProviders(Stream<CertificateCase> cases) {
    return cases.flatMap(c -> c.providers.stream().map(provider -> Arguments.of(c, provider)));
  }

  /** The providers differ here. */
  CertificateCase only(Provider provider) {
    providers = List.of(provider);
    return this;
  }

  CertificateCase trusting(Issued... roots) {
    trusted = Stream.of(roots).map(Issued::certificate).toList();
    sound = OddCert.server(HOST).signedBy(roots[roots.length - 1]);
    return this;
  }

  /** Revocation is checked, by the lists of a file. */
  CertificateCase revokedBy(Path lists) {
    revocationLists = lists;
    return this;
  }

  /** The name that the tunnel asks for. */
  CertificateCase asking(String name) {
    this.name = name;
    return this;
  }

  /** The tunnel leads to an IP address, and asks for no name. */
  CertificateCase askingForTheAddress() {
    this.name = null;
    return this;
  }

  CertificateCase shown(Issued chain) {
    shown = chain;
    return this;
  }

  /** What the remote shows once it has been mended, if not just another leaf of the last root. */
  CertificateCase mendedBy(Issued chain) {
    sound = chain;
    return this;
  }

  CertificateCase refused(String cause, String remedy) {
    this.cause = cause;
    this.remedy = remedy;
    return this;
  }

  /** The cause is one of dates: it must end with the time at which the dates were judged. */
  CertificateCase refusedByTheClock(String cause, String remedy) {
    dated = true;
    return refused(cause, remedy);
  }

  CertificateCase accepted() {
    this.cause = null;
    return this;
  }

  void run(GrpcBackend backend, Provider provider) {
    backend.present(requireNonNull(shown).forBackend());
    int before = backend.calls().size();
    TlsTunnelBuilder settings =
        TlsTunnel.builder().upstream("127.0.0.1", backend.port()).trust(trust());
    if (name != null) {
      settings.sni(name);
    }
    try (TunnelUnderTest tunnel = new TunnelUnderTest(provider.choose(settings))) {
      if (cause == null) {
        tunnel.serves();
        return;
      }
      Instant start = Instant.now().truncatedTo(ChronoUnit.SECONDS);
      TunnelFailure failure = tunnel.refuses();
      assertThat(dated ? untilTheClock(failure.cause(), start) : failure.cause()).isEqualTo(cause);
      assertThat(failure.remedy()).isEqualTo(remedy);
      assertThat(failure.stage()).isEqualTo(Stage.TLS);
      assertThat(failure.peer()).isEqualTo("127.0.0.1:" + backend.port());
      assertThat(backend.calls()).as("nothing has reached the application").hasSize(before);

      backend.present(requireNonNull(sound).forBackend());
      tunnel.serves();
      assertThat(backend.calls()).hasSize(before + 1);
    }
  }

  /** Cuts the time at which the dates were judged, which must be the time of this machine. */
  private static String untilTheClock(String cause, Instant start) {
    int time = cause.lastIndexOf(CLOCK);
    assertThat(time).as("the time here, in: %s", cause).isNotNegative();
    assertThat(Instant.parse(cause.substring(time + CLOCK.length())))
        .isBetween(start, Instant.now());
    return cause.substring(0, time);
  }

  private ServerTrust trust() {
    ServerTrust trust = ServerTrust.certificates(trusted);
    return revocationLists == null ? trust : trust.withRevocationLists(revocationLists);
  }

  @Override
  public String toString() {
    return row;
  }
}
