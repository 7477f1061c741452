package io.tlstunnel.internal.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.ssl.SslProvider;
import io.tlstunnel.event.Stage;
import io.tlstunnel.event.TunnelFailure;
import io.tlstunnel.testpki.CertificateSpec;
import io.tlstunnel.testpki.Issued;
import io.tlstunnel.testpki.TestCa;
import io.tlstunnel.tls.ClientCert;
import io.tlstunnel.tls.ServerTrust;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Whatever a TLS server does wrong is said in the same words, whichever provider we speak TLS by.
 */
@ParameterizedClass
@EnumSource(names = {"JDK", "OPENSSL_REFCNT"})
class TlsFailureTest {
  private static final String CLOCK = ", and the clock here says ";

  private static final TestCa CA = TestCa.create("test authority");
  private static final TestCa OTHER = TestCa.create("other authority");
  private static final Issued SERVER = CA.server("remote.example");
  private static final Issued CLIENT = CA.client("tunnel");

  private final SslProvider provider;
  private final TestLoops loops = new TestLoops();

  TlsFailureTest(SslProvider provider) {
    this.provider = provider;
  }

  @AfterEach
  void close() {
    loops.close();
  }

  @Test
  void expiredCertificateIsToldWithItsDate() throws Exception {
    Instant end = Instant.now().minus(3, ChronoUnit.DAYS).truncatedTo(ChronoUnit.SECONDS);
    Issued expired =
        CA.issue(
            CertificateSpec.of("CN=old")
                .dns("remote.example")
                .validity(end.minus(9, ChronoUnit.DAYS), end));
    assertFails(
        TlsRemote.with(expired),
        ours(),
        Stage.TLS,
        "the remote's certificate CN=old expired on " + end + CLOCK,
        "the remote must renew it, unless the clock here is wrong");
  }

  @Test
  void certificateOfTheFutureIsToldWithItsDate() throws Exception {
    Instant begin = Instant.now().plus(3, ChronoUnit.DAYS).truncatedTo(ChronoUnit.SECONDS);
    Issued early =
        CA.issue(
            CertificateSpec.of("CN=new")
                .dns("remote.example")
                .validity(begin, begin.plus(9, ChronoUnit.DAYS)));
    assertFails(
        TlsRemote.with(early),
        ours(),
        Stage.TLS,
        "the remote's certificate CN=new is not valid before " + begin + CLOCK,
        "check the clocks on both sides");
  }

  @Test
  void expiredIntermediateIsToldByItsName() throws Exception {
    Instant end = Instant.now().minus(3, ChronoUnit.DAYS).truncatedTo(ChronoUnit.SECONDS);
    Issued intermediate =
        CA.issue(
            CertificateSpec.of("CN=intermediate")
                .authority()
                .validity(end.minus(9, ChronoUnit.DAYS), end));
    assertFails(
        TlsRemote.with(CertificateSpec.of("CN=leaf").dns("remote.example").signedBy(intermediate)),
        ours(),
        Stage.TLS,
        "the remote's certificate CN=intermediate expired on " + end + CLOCK,
        "the remote must renew it, unless the clock here is wrong");
  }

  @Test
  void wrongNameIsToldWithTheNamesThatWouldDo() throws Exception {
    assertFails(
        TlsRemote.with(
            CA.issue(
                CertificateSpec.of("CN=x").dns("a.example").dns("*.b.example").ip("10.0.0.7"))),
        ours(),
        Stage.TLS,
        "the remote's certificate is not for remote.example, but for a.example, *.b.example,"
            + " 10.0.0.7",
        "set sni(...) to a name of the certificate, if this is the right remote");
  }

  @Test
  void nameThatWasAskedForIsTheOneThatCounts() throws Exception {
    assertFails(
        TlsRemote.with(SERVER),
        ours().sni("other.example"),
        Stage.TLS,
        "the remote's certificate is not for other.example, but for remote.example",
        "set sni(...) to a name of the certificate, if this is the right remote");
  }

  @Test
  void manyNamesAreToldInPart() throws Exception {
    CertificateSpec spec = CertificateSpec.of("CN=x");
    for (int i = 0; i < 500; i++) {
      spec.dns("n" + i + ".example");
    }
    assertFails(
        TlsRemote.with(CA.issue(spec)),
        ours(),
        Stage.TLS,
        "the remote's certificate is not for remote.example, but for n0.example, n1.example,"
            + " n2.example, n3.example, n4.example and 495 more",
        "set sni(...) to a name of the certificate, if this is the right remote");
  }

  @Test
  void addressIsNoNameOfTheCertificate() throws Exception {
    assertFails(
        TlsRemote.with(SERVER),
        ours().host("127.0.0.1"),
        Stage.TLS,
        "the remote's certificate is not for 127.0.0.1, but for remote.example",
        "set sni(...) to a name of the certificate, if this is the right remote");
  }

  @Test
  void certificateWithoutNamesIsToldByItsSubject() throws Exception {
    assertFails(
        TlsRemote.with(CA.client("nameless")),
        ours(),
        Stage.TLS,
        "the remote's certificate is not for remote.example, but for CN=nameless (it has no subject"
            + " alternative name)",
        "the remote needs a certificate with a subject alternative name");
  }

  @Test
  void unknownAuthorityIsNamed() throws Exception {
    assertFails(
        TlsRemote.with(OTHER.server("remote.example")),
        ours(),
        Stage.TLS,
        "the remote's certificate CN=remote.example was issued by CN=other authority, which is not"
            + " trusted",
        "give that CA's certificate with trust(...), or let the remote send its intermediate"
            + " certificates");
  }

  @Test
  void missingIntermediateIsToldByItsName() throws Exception {
    Issued intermediate = CA.issue(CertificateSpec.of("CN=intermediate").authority());
    Issued leaf = CertificateSpec.of("CN=leaf").dns("remote.example").signedBy(intermediate);
    assertFails(
        TlsRemote.with(new Issued(leaf.key(), leaf.chain().subList(0, 1))),
        ours(),
        Stage.TLS,
        "the remote's certificate CN=leaf was issued by CN=intermediate, which is not trusted",
        "give that CA's certificate with trust(...), or let the remote send its intermediate"
            + " certificates");
  }

  @Test
  void impostorOfATrustedAuthorityIsRefused() throws Exception {
    assertFails(
        TlsRemote.with(TestCa.create("test authority").server("remote.example")),
        ours(),
        Stage.TLS,
        "the remote's certificate CN=remote.example names CN=test authority as its issuer, but was"
            + " not signed with the key of the CA certificate of that name",
        "a CA may have changed its key: give its new certificate with trust(...), or let the remote"
            + " send the intermediate that belongs to its certificate");
  }

  @Test
  void selfSignedCertificateIsTold() throws Exception {
    assertFails(
        TlsRemote.with(CertificateSpec.of("CN=remote").dns("remote.example").selfSigned()),
        ours(),
        Stage.TLS,
        "the remote's certificate CN=remote is self-signed and not trusted",
        "give it with trust(...), if this is the right remote");
  }

  @Test
  void certificateOfAClientIsRefused() throws Exception {
    assertFails(
        TlsRemote.with(
            CA.issue(
                CertificateSpec.of("CN=client")
                    .dns("remote.example")
                    .extendedKeyUsage("1.3.6.1.5.5.7.3.2"))),
        ours(),
        Stage.TLS,
        "the remote's certificate CN=client is not for servers: its extended key usage lacks"
            + " serverAuth",
        "the remote needs a certificate with the extended key usage serverAuth");
  }

  @Test
  void noVersionInCommonIsTold() throws Exception {
    for (String[] pair : new String[][] {{"TLSv1.2", "TLSv1.3"}, {"TLSv1.3", "TLSv1.2"}}) {
      assertFails(
          TlsRemote.with(SERVER).versions(pair[0]),
          ours().versions(pair[1]),
          Stage.TLS,
          "no TLS version in common",
          "let the remote offer TLS 1.2 or 1.3; see tlsVersions(...)");
    }
  }

  @Test
  void noCipherInCommonIsTold() throws Exception {
    assertFails(
        TlsRemote.with(SERVER)
            .versions("TLSv1.2")
            .ciphers("TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"),
        ours().versions("TLSv1.2").ciphers("TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"),
        Stage.TLS,
        "the remote refused our ClientHello: handshake_failure",
        "check that it serves the name that is asked for, remote.example (see sni(...)), and"
            + " tlsVersions(...) and tlsCiphers(...) against what it allows");
  }

  /** BoringSSL and newer JDKs say handshake_failure, older ones bad_certificate. */
  @Test
  void missingClientCertificateIsAskedForInTls12() throws Exception {
    for (TlsRemote.Spec remote : jdkAndBoringSsl()) {
      TunnelFailure failure =
          failure(remote.versions("TLSv1.2").requiresClientFrom(CA.certificate()), ours());
      assertThat(failure.stage()).isEqualTo(Stage.TLS);
      assertThat(failure.cause())
          .matches("the remote requires a client certificate: (handshake_failure|bad_certificate)");
      assertThat(failure.remedy()).isEqualTo("set clientCert(...)");
    }
  }

  @Test
  void refusedClientCertificateIsToldInTls12() throws Exception {
    assertFails(
        TlsRemote.with(SERVER).versions("TLSv1.2").requiresClientFrom(OTHER.certificate()),
        ours().clientCert(ClientCert.of(CLIENT.key(), CLIENT.chain())),
        Stage.TLS,
        "the remote refused our client certificate: certificate_unknown",
        checkThatTheRemoteTrustsOurIssuer());
  }

  /** As RFC 8446, 4.4.2.4 has it, certificate_required; older JDKs say bad_certificate. */
  @Test
  void missingClientCertificateIsAskedForInTls13() throws Exception {
    for (TlsRemote.Spec remote : jdkAndBoringSsl()) {
      TunnelFailure failure =
          lost(remote.versions("TLSv1.3").requiresClientFrom(CA.certificate()), ours());
      assertThat(failure.stage()).isEqualTo(Stage.TLS);
      assertThat(failure.cause())
          .matches(
              "the remote requires a client certificate: (certificate_required|bad_certificate)");
      assertThat(failure.remedy()).isEqualTo("set clientCert(...)");
      assertThat(failure.mayHaveReachedRemote()).isFalse();
    }
  }

  @Test
  void refusedClientCertificateIsToldInTls13() throws Exception {
    TunnelFailure failure =
        lost(
            TlsRemote.with(SERVER).versions("TLSv1.3").requiresClientFrom(OTHER.certificate()),
            ours().clientCert(ClientCert.of(CLIENT.key(), CLIENT.chain())));
    assertThat(failure.stage()).isEqualTo(Stage.TLS);
    assertThat(failure.cause())
        .isEqualTo("the remote refused our client certificate: certificate_unknown");
    assertThat(failure.remedy()).isEqualTo(checkThatTheRemoteTrustsOurIssuer());
    assertThat(failure.mayHaveReachedRemote()).isFalse();
  }

  private static String checkThatTheRemoteTrustsOurIssuer() {
    return "check that the remote trusts "
        + CA.certificate().getSubjectX500Principal().getName()
        + ", which has issued it; if that is an intermediate CA, add its certificate to"
        + " clientCert(...), which ends before it";
  }

  @Test
  void serverWithoutAlpnIsNoHttp2Server() throws Exception {
    assertFails(
        TlsRemote.with(SERVER).noAlpn(),
        ours(),
        Stage.ALPN,
        "the remote did not agree to HTTP/2 (h2)",
        HTTP2_REMEDY);
  }

  @Test
  void serverThatOnlyKnowsHttp1IsNoHttp2Server() throws Exception {
    assertFails(
        TlsRemote.with(SERVER).alpn("http/1.1"),
        ours(),
        Stage.ALPN,
        "the remote did not agree to HTTP/2 (h2)",
        HTTP2_REMEDY);
  }

  @Test
  void serverThatRefusesHttp2ByAlertIsNoHttp2Server() throws Exception {
    assertFails(
        TlsRemote.with(SERVER).strictAlpn("http/1.1"),
        ours(),
        Stage.ALPN,
        "the remote did not agree to HTTP/2 (h2)",
        HTTP2_REMEDY);
  }

  private static final String HTTP2_REMEDY =
      "let the remote offer h2 by ALPN: for nginx 'http2 on', for an ingress its gRPC backend"
          + " protocol";

  private static List<TlsRemote.Spec> jdkAndBoringSsl() {
    return List.of(TlsRemote.with(SERVER), TlsRemote.with(SERVER).byBoringSsl());
  }

  private Remotes ours() {
    return Remotes.trusting(ServerTrust.certificates(CA.certificates()), provider);
  }

  private void assertFails(
      TlsRemote.Spec remote, Remotes ours, Stage stage, String cause, String remedy)
      throws Exception {
    TunnelFailure failure = failure(remote, ours);
    assertThat(failure.cause().replaceFirst("(?<=" + CLOCK + ")\\S+Z$", "")).isEqualTo(cause);
    assertThat(failure.remedy()).isEqualTo(remedy);
    assertThat(failure.stage()).isEqualTo(stage);
    assertThat(failure.mayHaveReachedRemote()).isFalse();
  }

  private TunnelFailure failure(TlsRemote.Spec spec, Remotes ours) throws Exception {
    try (TlsRemote remote = spec.start(loops);
        Upstream upstream = ours.at(remote.port())) {
      TunnelFailure failure = new Route(upstream, loops).failure();
      assertThat(failure.peer()).endsWith("127.0.0.1:" + remote.port());
      assertThat(remote.connection().closeFuture().await(20_000)).isTrue();
      return failure;
    }
  }

  /** In TLS 1.3 the refusal comes after our side of the handshake has succeeded. */
  private TunnelFailure lost(TlsRemote.Spec spec, Remotes ours) throws Exception {
    try (TlsRemote remote = spec.start(loops);
        Upstream upstream = ours.at(remote.port())) {
      Route route = new Route(upstream, loops);
      route.ready().channel().config().setAutoRead(true);
      TunnelFailure failure = route.lost();
      assertThat(failure.peer()).isEqualTo("remote.example/127.0.0.1:" + remote.port());
      return failure;
    }
  }
}
