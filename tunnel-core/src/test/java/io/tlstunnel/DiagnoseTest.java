package io.tlstunnel;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.util.Objects.requireNonNull;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;
import static org.awaitility.Awaitility.await;

import io.tlstunnel.diagnosis.GrpcAnswer;
import io.tlstunnel.diagnosis.Outcome;
import io.tlstunnel.diagnosis.PresentedCertificate;
import io.tlstunnel.diagnosis.RemoteSettings;
import io.tlstunnel.diagnosis.RouteDiagnosis;
import io.tlstunnel.diagnosis.Step;
import io.tlstunnel.diagnosis.TriedAddress;
import io.tlstunnel.event.Stage;
import io.tlstunnel.event.TunnelEvent;
import io.tlstunnel.event.TunnelFailure;
import io.tlstunnel.testpeer.Block;
import io.tlstunnel.testpeer.Frame;
import io.tlstunnel.testpeer.Peer;
import io.tlstunnel.testpeer.RawClient;
import io.tlstunnel.testpeer.RawRemote;
import io.tlstunnel.testpeer.Rig;
import io.tlstunnel.testpki.TestCa;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A walk along the route says what it found at each step; nothing of it is left. */
class DiagnoseTest {
  private static final int ENABLE_PUSH = 2;
  private static final int MAX_CONCURRENT_STREAMS = 3;
  private static final int INITIAL_WINDOW_SIZE = 4;
  private static final int MAX_FRAME_SIZE = 5;
  private static final int MAX_HEADER_LIST_SIZE = 6;
  private static final int HTTP_1_1_REQUIRED = 13;
  private static final int ENHANCE_YOUR_CALM = 11;
  private static final Duration LONG = Duration.ofSeconds(30);

  /** A health check's answer, SERVING: 5 bytes of prefix, then field 1 is 1. */
  private static final byte[] SERVING = {0, 0, 0, 0, 2, 8, 1};

  @RegisterExtension final Rig rig = new Rig();

  @Test
  void routeThatServesIsShownStepByStep() {
    CompletableFuture<RouteDiagnosis> walk = diagnosing(rig.builder()::diagnose);
    Peer remote = rig.remote();
    remote.expect(Frame.settings(ENABLE_PUSH, 0, MAX_HEADER_LIST_SIZE, 65_536));
    remote.send(
        Frame.settings(
            MAX_CONCURRENT_STREAMS, 7, INITIAL_WINDOW_SIZE, 100_000, MAX_FRAME_SIZE, 32_768));
    remote.expect(Frame.settingsAck());
    Block request = remote.readBlock();
    assertThat(request.fields())
        .containsExactly(
            ":method: POST",
            ":scheme: https",
            ":path: /grpc.health.v1.Health/Check",
            ":authority: remote.test",
            "content-type: application/grpc",
            "te: trailers",
            "user-agent: tlstunnel-diagnosis");
    remote.expect(Frame.of(Frame.DATA, Frame.END_STREAM, 1, new byte[5]));
    remote.send(
        Frame.settingsAck(),
        Frame.ping(0, 42),
        remote.headers(1, 0, ":status: 200", "content-type: application/grpc"),
        Frame.of(Frame.DATA, 0, 1, SERVING),
        remote.headers(1, Frame.END_STREAM, "grpc-status: 0"));
    remote.expect(Frame.ping(Frame.ACK, 42));
    assertThat(remote.read(Frame.GOAWAY).text(8)).isEqualTo("the diagnosis is done");
    remote.expectEnd();

    RouteDiagnosis found = walk.join();
    assertThat(found.ok()).as(found.toString()).isTrue();
    assertThat(found.failedAt()).isNull();
    assertThat(found.steps()).allMatch(result -> result.outcome() == Outcome.OK);
    assertThat(found.remote()).isEqualTo("127.0.0.1:" + rig.server().port());
    assertThat(found.serverName()).isEqualTo(RawRemote.NAME);
    assertThat(found.addresses())
        .singleElement()
        .returns("127.0.0.1", TriedAddress::address)
        .returns(Outcome.OK, TriedAddress::outcome);
    assertThat(requireNonNull(found.tls()).version()).isEqualTo("TLSv1.3");
    assertThat(requireNonNull(found.tls()).cipher()).startsWith("TLS_AES_");
    assertThat(requireNonNull(found.tls()).library()).isEqualTo("BoringSSL");
    assertThat(found.toString()).contains(", by BoringSSL");
    assertThat(found.toJson()).contains("\"library\":\"BoringSSL\"");
    PresentedCertificate leaf = found.chain().get(0);
    assertThat(leaf.subject()).isEqualTo("CN=remote.test");
    assertThat(leaf.names()).containsExactly("remote.test");
    assertThat(leaf.issuer()).isEqualTo("CN=Rig CA");
    assertThat(leaf.daysLeft()).isBetween(28L, 30L);
    assertThat(found.clientIdentity().subject()).isEqualTo("CN=rig");
    assertThat(found.clientIdentity().shown()).isTrue();
    assertThat(found.alpnOffered()).containsExactly("h2");
    assertThat(found.alpnChosen()).isEqualTo("h2");
    assertThat(found.settings()).isEqualTo(new RemoteSettings(7L, 32_768, 100_000, null));
    assertThat(found.answer())
        .returns(0, GrpcAnswer::grpcStatus)
        .returns("gRPC, and its health service says SERVING", GrpcAnswer::meaning);
    assertThat(found.toString().lines()).hasSizeLessThan(16);
    assertThat(found.toString())
        .startsWith("route to 127.0.0.1:" + rig.server().port() + " as remote.test: stands, after ")
        .contains("CN=rig, until ", "; accepted", "offered h2; chosen h2", "streams at a time 7");
  }

  @ParameterizedTest(name = "{0} {1}: {4}")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          200 | application/grpc | 12 | Method not found | gRPC, without a health service | ''
          200 | application/grpc | 5  | ''               | knows of no overall status     | ''
          200 | application/grpc | 16 | no token         | a diagnosis does not have: UNAUTHENTICATED | ''
          200 | application/grpc | 2  | what%3F          | a health check with UNKNOWN    | ''
          200 | application/grpc | 14 | no healthy%20one | UNAVAILABLE from envoy 'no healthy one': the server, or a proxy in front of it, is not available | whether that reaches its backend
          200 | application/grpc | '' | ''               | without its trailers | let it speak HTTP/2 to its backend
          200 | text/html        | '' | <html><title>Sign in</title>to go on</html> | HTTP 200 from envoy 'Sign in': a web server or a login page answers here (content-type text/html) | authority(...), now remote.test
          400 | text/html        | '' | <html><title>400 No required SSL certificate was sent</title></html> | did not ask for ours when TLS was set up | let sni(...) and authority(...) be the same name
          400 | text/html        | '' | <html><title>400 The SSL certificate error</title></html> | does not accept our client certificate | from a CA that the ingress trusts
          400 | text/plain       | '' | bad              | does not understand the request | its log should say why
          403 | text/plain       | '' | RBAC: denied     | does not let us in | access rules
          404 | text/plain       | '' | default backend - 404 | HTTP 404 from envoy 'default backend - 404': a proxy in front of the server has no route for remote.test | set authority(...)
          421 | text/html        | '' | misdirected      | does not serve remote.test on a connection made for remote.test | be the same name
          464 | text/plain       | '' | ''               | does not pass HTTP/2 on | grpc_pass
          413 | text/plain       | '' | ''               | too large | raise its limits
          429 | text/plain       | '' | ''               | limits the rate | raise its limit
          502 | text/html        | '' | <h1>Bad Gateway</h1> | HTTP 502 from envoy 'Bad Gateway': a proxy in front of the server is reached, and does not understand its own backend | protocol
          503 | text/plain       | '' | no healthy upstream | has no backend that works | runs and is ready
          504 | text/html        | '' | ''               | does not answer in time | the proxy's timeouts
          301 | text/html        | '' | ''               | this is no gRPC | check host, port and authority
          """)
  void answerThatIsNoHealthIsExplained(
      int httpStatus,
      String contentType,
      String grpcStatus,
      String text,
      String meaning,
      String remedy) {
    RouteDiagnosis found =
        answered(
            remote -> {
              String status = ":status: " + httpStatus;
              String type = "content-type: " + contentType;
              if (!grpcStatus.isEmpty()) {
                remote.send(
                    remote.headers(
                        1,
                        Frame.END_STREAM,
                        status,
                        type,
                        "server: envoy",
                        "grpc-status: " + grpcStatus,
                        "grpc-message: " + text));
              } else {
                remote.send(
                    remote.headers(1, 0, status, type, "server: envoy"),
                    Frame.data(1, Frame.END_STREAM, text));
              }
            });

    assertThat(found.answer()).isNotNull();
    assertThat(found.ok()).as(found.toString()).isEqualTo(remedy.isEmpty());
    if (found.ok()) {
      assertThat(answer(found).meaning()).contains(meaning);
    } else {
      boolean certificate = text.contains("SSL certificate");
      assertThat(found.failedAt()).isEqualTo(certificate ? Step.CLIENT_CERTIFICATE : Step.GRPC);
      assertThat(failure(found).stage()).isEqualTo(Stage.GRPC);
      assertThat(failure(found).message())
          .startsWith("gRPC call to 127.0.0.1:" + rig.server().port() + " failed: the remote")
          .contains(meaning, remedy);
      assertThat(found.toString()).endsWith(failure(found).message());
    }
  }

  @Test
  void healthServiceThatIsNotServingIsTrouble() {
    RouteDiagnosis found =
        answered(
            remote ->
                remote.send(
                    remote.headers(1, 0, ":status: 200", "content-type: application/grpc"),
                    Frame.of(
                        Frame.DATA,
                        0,
                        1,
                        (byte) 0,
                        (byte) 0,
                        (byte) 0,
                        (byte) 0,
                        (byte) 2,
                        (byte) 8,
                        (byte) 2),
                    remote.headers(1, Frame.END_STREAM, "grpc-status: 0")));

    assertThat(failure(found).cause())
        .isEqualTo("the remote answered OK: its health service says NOT_SERVING");
  }

  @Test
  void resetAndGoAwayAreExplained() {
    assertThat(failure(answered(remote -> remote.send(Frame.reset(1, HTTP_1_1_REQUIRED)))).cause())
        .isEqualTo(
            "the remote answered RST_STREAM HTTP_1_1_REQUIRED: this is served over HTTP/1.1 only");
    assertThat(
            failure(
                    answered(
                        remote ->
                            remote.send(Frame.goAway(1, ENHANCE_YOUR_CALM, "too_many_pings"))))
                .cause())
        .isEqualTo(
            "the remote answered GOAWAY ENHANCE_YOUR_CALM 'too_many_pings': it gave the call up");
  }

  @Test
  void longPageIsReadOnlyAsFarAsNeeded() {
    RouteDiagnosis found =
        answered(
            remote -> {
              remote.send(
                  remote.headers(1, 0, ":status: 200", "content-type: text/html; charset=utf-8"));
              remote.send(Frame.data(1, 0, "<title>Portal</title>" + "x".repeat(10_000)));
            });

    assertThat(answer(found).text()).isEqualTo("Portal");
  }

  @Test
  void remoteThatClosesInsteadOfAnsweringIsNamed() {
    RouteDiagnosis found = answered(Peer::close);

    assertThat(found.failedAt()).isEqualTo(Step.GRPC);
    assertThat(failure(found).message())
        .startsWith("connection to 127.0.0.1:" + rig.server().port() + " failed: the remote closed")
        .contains("(the next call connects anew; the remote's log should say why)");
  }

  @Test
  void goAwayBeforeTheEndIsNamed() {
    RouteDiagnosis found =
        answered(
            remote -> {
              remote.send(Frame.goAway(1, 0, "restarts"));
              remote.close();
            });

    assertThat(failure(found).cause())
        .isEqualTo("the remote closed the connection after GOAWAY NO_ERROR");
  }

  @Test
  void remoteThatTakesTheCallAndStaysSilentIsGivenUpInTime() {
    CompletableFuture<RouteDiagnosis> walk =
        diagnosing(() -> rig.tunnel().diagnose(Duration.ofMillis(700)));
    begin(rig.remote());

    RouteDiagnosis found = walk.join();
    assertThat(found.failedAt()).isEqualTo(Step.GRPC);
    assertThat(failure(found).message()).contains("gRPC call to 127.0.0.1", "no answer for ");
  }

  @Test
  void remoteThatSaysNothingAfterTheHandshakeFailsAtSettings() {
    CompletableFuture<RouteDiagnosis> walk =
        diagnosing(() -> rig.tunnel().diagnose(Duration.ofMillis(700)));
    rig.remote();

    RouteDiagnosis found = walk.join();
    assertThat(found.failedAt()).isEqualTo(Step.SETTINGS);
    assertThat(found.outcome(Step.ALPN)).isEqualTo(Outcome.OK);
    assertThat(found.outcome(Step.CLIENT_CERTIFICATE)).isEqualTo(Outcome.NOT_REACHED);
    assertThat(failure(found).message())
        .startsWith("HTTP/2 SETTINGS from 127.0.0.1")
        .contains("no answer (check that the remote serves HTTP/2 on this port)");
  }

  @Test
  void remoteThatSpeaksHttp1FailsAtSettings() {
    CompletableFuture<RouteDiagnosis> walk = diagnosing(rig.builder()::diagnose);
    rig.remote().sendBytes("HTTP/1.1 400 Bad Request\r\n\r\n".getBytes(US_ASCII));

    RouteDiagnosis found = walk.join();
    assertThat(found.failedAt()).isEqualTo(Step.SETTINGS);
    assertThat(failure(found).cause()).contains("its first bytes are not an HTTP/2 SETTINGS frame");
  }

  @Test
  void frameLongerThanAllowedIsRefused() {
    RouteDiagnosis found = answered(remote -> remote.send(Frame.data(1, 0, 16_385)));

    assertThat(failure(found).cause()).contains("a frame of 16385 bytes (expected: at most 16384)");
  }

  @Test
  void missingClientCertificateIsRefusedOnlyAfterTheHandshake() {
    CompletableFuture<RouteDiagnosis> walk =
        diagnosing(
            TlsTunnel.builder()
                    .upstream("127.0.0.1", rig.server().port())
                    .sni(RawRemote.NAME)
                    .trust(rig.authorities())
                ::diagnose);
    assertThatThrownBy(() -> rig.server().accept()).isInstanceOf(UncheckedIOException.class);

    RouteDiagnosis found = walk.join();
    assertThat(found.failedAt()).isEqualTo(Step.CLIENT_CERTIFICATE);
    assertThat(found.outcome(Step.SERVER_CERTIFICATE)).isEqualTo(Outcome.OK);
    assertThat(found.outcome(Step.ALPN)).isEqualTo(Outcome.OK);
    assertThat(found.outcome(Step.SETTINGS)).isEqualTo(Outcome.NOT_REACHED);
    assertThat(found.clientIdentity().refusedAfterHandshake()).isTrue();
    assertThat(found.clientIdentity().shown()).isFalse();
    assertThat(failure(found).message())
        .contains("the remote requires a client certificate", "(set clientCert(...))");
    assertThat(found.toString())
        .contains("none configured; refused only after the handshake, as TLS 1.3 has it");
  }

  @Test
  void missingClientCertificateInTls12IsRefusedInTheHandshake() {
    CompletableFuture<RouteDiagnosis> walk =
        diagnosing(
            TlsTunnel.builder()
                    .upstream("127.0.0.1", rig.server().port())
                    .sni(RawRemote.NAME)
                    .tlsVersions("TLSv1.2")
                    .trust(rig.authorities())
                ::diagnose);
    assertThatThrownBy(() -> rig.server().accept()).isInstanceOf(UncheckedIOException.class);

    RouteDiagnosis found = walk.join();
    assertThat(found.failedAt()).as(found.toString()).isEqualTo(Step.CLIENT_CERTIFICATE);
    assertThat(found.outcome(Step.TLS)).isEqualTo(Outcome.OK);
    assertThat(found.toString()).contains("none configured; refused in the handshake");
  }

  @Test
  void chainThatIsNotTrustedIsShown() {
    CompletableFuture<RouteDiagnosis> walk =
        diagnosing(
            TlsTunnel.builder()
                    .upstream("127.0.0.1", rig.server().port())
                    .sni(RawRemote.NAME)
                    .trust(TestCa.create("Somebody else").certificates())
                ::diagnose);
    assertThatThrownBy(() -> rig.server().accept()).isInstanceOf(UncheckedIOException.class);

    RouteDiagnosis found = walk.join();
    assertThat(found.failedAt()).isEqualTo(Step.SERVER_CERTIFICATE);
    assertThat(found.outcome(Step.TLS)).isEqualTo(Outcome.OK);
    assertThat(found.chain()).singleElement().returns("CN=Rig CA", PresentedCertificate::issuer);
    assertThat(failure(found).message()).contains("issued by CN=Rig CA, which is not trusted");
  }

  @Test
  void eachAddressHasItsOwnOutcome() throws Exception {
    int closed = closedPort();
    RouteDiagnosis found =
        TlsTunnel.builder()
            .upstream("store.test", closed)
            .resolver(host -> List.of(address("127.0.0.1"), address("127.0.0.2")))
            .diagnose();

    assertThat(found.failedAt()).isEqualTo(Step.CONNECT);
    assertThat(found.addresses())
        .extracting(TriedAddress::address, TriedAddress::outcome, TriedAddress::cause)
        .containsExactly(
            tuple("127.0.0.1", Outcome.FAILED, "connection refused"),
            tuple("127.0.0.2", Outcome.FAILED, "connection refused"));
    assertThat(failure(found).message())
        .startsWith("TCP connect to store.test:" + closed + " failed: none of its 2 addresses");
  }

  @Test
  void nameWithoutAddressFailsAtResolve() {
    RouteDiagnosis found =
        TlsTunnel.builder()
            .upstream("nowhere.test", 443)
            .resolver(
                host -> {
                  throw new UnknownHostException(host);
                })
            .diagnose();

    assertThat(found.failedAt()).isEqualTo(Step.RESOLVE);
    assertThat(found.addresses()).isEmpty();
    assertThat(failure(found).message())
        .startsWith("name resolution of nowhere.test:443 failed: no address is known");
  }

  @Test
  void diagnosisSaysWhatClientsAndEventsAreTold() throws Exception {
    int closed = closedPort();
    TlsTunnel tunnel =
        rig.keep(TlsTunnel.builder().upstream("127.0.0.1", closed).listener(rig::record).start());

    RouteDiagnosis found = tunnel.diagnose();
    rig.keep(RawClient.connect(tunnel.port()));
    await().until(() -> !rig.events(TunnelEvent.RouteFailed.class).isEmpty());

    assertThat(rig.events(TunnelEvent.Diagnosed.class))
        .containsExactly(new TunnelEvent.Diagnosed(found.failure(), found.toString()));
    assertThat(rig.events(TunnelEvent.RouteFailed.class))
        .singleElement()
        .extracting(TunnelEvent.RouteFailed::failure)
        .isEqualTo(failure(found));
  }

  @Test
  void waitingOnAnEventLoopIsRefused() {
    CompletableFuture<Throwable> thrown = new CompletableFuture<>();
    CompletableFuture<TlsTunnel> tunnel = new CompletableFuture<>();
    tunnel.complete(
        rig.keep(
            rig.builder()
                .listener(
                    event -> {
                      try {
                        tunnel.join().diagnose();
                        thrown.complete(null);
                      } catch (RuntimeException refused) {
                        thrown.complete(refused);
                      }
                    })
                .start()));
    rig.client();
    rig.remote();

    assertThat(thrown.orTimeout(10, SECONDS).join())
        .isInstanceOf(IllegalStateException.class)
        .hasMessage(
            "diagnose() was called on an event loop (expected: another thread, since it waits)");
  }

  @Test
  void interruptedThreadGetsWhatWasFound() {
    TlsTunnel tunnel = rig.tunnel();
    CompletableFuture<Thread> waiting = new CompletableFuture<>();
    CompletableFuture<RouteDiagnosis> walk =
        diagnosing(
            () -> {
              waiting.complete(Thread.currentThread());
              RouteDiagnosis found = tunnel.diagnose(LONG);
              assertThat(Thread.interrupted()).isTrue();
              return found;
            });
    rig.remote();
    waiting.join().interrupt();

    RouteDiagnosis found = walk.join();
    assertThat(found.failedAt()).isEqualTo(Step.SETTINGS);
    assertThat(failure(found).cause()).contains("was interrupted");
  }

  @Test
  void whatCannotBeDiagnosedIsSaid() {
    TlsTunnel tunnel = rig.tunnel();
    tunnel.close();

    assertThatThrownBy(tunnel::diagnose)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("is closed");
    assertThatThrownBy(() -> tunnel.diagnose(Duration.ZERO))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("limit: PT0S (expected: 1 ms to 1 day)");
    assertThatThrownBy(() -> TlsTunnel.builder().diagnose())
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("upstream(host, port) was not called: it is required");
  }

  private static TunnelFailure failure(RouteDiagnosis found) {
    return requireNonNull(found.failure(), found::toString);
  }

  private static GrpcAnswer answer(RouteDiagnosis found) {
    return requireNonNull(found.answer(), found::toString);
  }

  /** The diagnosis of a route whose remote answers the call so. */
  private RouteDiagnosis answered(Consumer<Peer> answer) {
    CompletableFuture<RouteDiagnosis> walk = diagnosing(rig.builder()::diagnose);
    Peer remote = rig.remote();
    begin(remote);
    answer.accept(remote);
    return walk.join();
  }

  /** Plays the remote until it has the call. */
  private static void begin(Peer remote) {
    remote.expect(Frame.settings(ENABLE_PUSH, 0, MAX_HEADER_LIST_SIZE, 65_536));
    remote.send(Frame.settings(), Frame.settingsAck());
    remote.expect(Frame.settingsAck());
    remote.readBlock();
    remote.read(Frame.DATA);
  }

  private static CompletableFuture<RouteDiagnosis> diagnosing(Supplier<RouteDiagnosis> diagnose) {
    return CompletableFuture.supplyAsync(diagnose, task -> new Thread(task, "diagnosing").start())
        .orTimeout(60, SECONDS);
  }

  private static int closedPort() throws IOException {
    try (ServerSocket listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return listener.getLocalPort();
    }
  }

  private static InetAddress address(String literal) throws UnknownHostException {
    return InetAddress.getByName(literal);
  }
}
