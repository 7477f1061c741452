package io.tlstunnel.junit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.grpc.ChannelCredentials;
import io.grpc.Grpc;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.TlsChannelCredentials;
import io.grpc.stub.MetadataUtils;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class GrpcBackendTest {
  private static final Duration SECONDS = Duration.ofSeconds(20);

  private final TestCa ca = TestCa.create();
  private final GrpcBackend backend =
      GrpcBackend.builder(ca).serverName("store.example").service(new Echo()).start();
  private final List<ManagedChannel> channels = new ArrayList<>();

  @AfterEach
  void close() throws InterruptedException {
    for (ManagedChannel channel : channels) {
      channel.shutdownNow();
      assertThat(channel.awaitTermination(20, TimeUnit.SECONDS)).isTrue();
    }
    backend.close();
  }

  @Test
  void listensOnAnotherAddressAndServesAsItsServerIsTold() throws IOException {
    try (GrpcBackend elsewhere =
            GrpcBackend.builder(ca)
                .host("127.0.0.2")
                .service(new Echo())
                .server(server -> server.maxInboundMessageSize(10))
                .start();
        ChaosRelay relay = ChaosRelay.to("127.0.0.2", elsewhere.port());
        DirectChannel channel = DirectChannel.to(relay.port(), elsewhere.serverName(), ca)) {
      assertThat(channel.say("short")).isEqualTo("short");
      assertThatThrownBy(() -> channel.say("much longer than that"))
          .hasMessageContaining("RESOURCE_EXHAUSTED");
    }
    assertThatThrownBy(() -> GrpcBackend.builder(ca).host("localhost"))
        .hasMessage("host: localhost (expected: an IP address)");
  }

  @Test
  void callIsAnsweredAndRecordedAsItStoodOnTheWire() throws IOException {
    ManagedChannel channel = channel(ca, ca.client("CN=querier"));
    Metadata metadata = new Metadata();
    metadata.put(Metadata.Key.of("x-tenant", Metadata.ASCII_STRING_MARSHALLER), "red");

    assertThat(
            Echo.say(
                io.grpc.ClientInterceptors.intercept(
                    channel, MetadataUtils.newAttachHeadersInterceptor(metadata)),
                "hello"))
        .isEqualTo("hello");

    RecordedCall call = backend.takeCall(SECONDS);
    assertThat(call.path()).isEqualTo("/" + Echo.SAY);
    assertThat(call.authority()).isEqualTo("store.example");
    assertThat(call.header("x-tenant")).isEqualTo("red");
    assertThat(call.header("content-type")).isEqualTo("application/grpc");
    assertThat(call.header("absent")).isEmpty();
    assertThat(call.sni()).isEqualTo("store.example");
    assertThat(call.alpn()).isEqualTo("h2");
    assertThat(call.clientPrincipal()).isEqualTo("CN=querier");
    assertThat(call.connection()).isEqualTo(1);
    assertThat(call.stream()).isGreaterThan(0).isOdd();
  }

  @Test
  void connectionsAndStreamsAreCounted() throws IOException {
    ManagedChannel first = channel(ca, ca.client("first"));
    Echo.say(first, "a");
    Echo.say(first, "b");
    Echo.say(channel(ca, ca.client("second")), "c");

    assertThat(backend.calls())
        .extracting(RecordedCall::clientPrincipal)
        .containsExactly("CN=first", "CN=first", "CN=second");
    assertThat(backend.calls()).extracting(RecordedCall::connection).containsExactly(1, 1, 2);
    assertThat(backend.calls().get(1).stream()).isGreaterThan(backend.calls().get(0).stream());
    assertThat(backend.connections())
        .extracting(RecordedConnection::tlsVersion)
        .containsExactly("TLSv1.3", "TLSv1.3");
  }

  @Test
  void streamOfManyMessagesArrivesWhole() throws IOException {
    StringBuilder spelled = new StringBuilder();
    Echo.spell(channel(ca, ca.client("querier")), "x".repeat(5000) + "y")
        .forEachRemaining(letter -> spelled.append((char) letter[0]));

    assertThat(spelled).hasSize(5001).endsWith("xy");
  }

  @Test
  void clientWithoutCertificateIsRefused() throws IOException {
    ManagedChannel channel = channel(ca, null);

    assertUnavailable(channel);
    assertThat(backend.calls()).isEmpty();
  }

  @Test
  void clientOfAnotherAuthorityIsRefusedAndTheConnectionSaysWhy() throws IOException {
    ManagedChannel channel = channel(ca, TestCa.create().client("stranger"));

    assertUnavailable(channel);
    // The client may hear of it before the server's thread has come to its end of the connection.
    await()
        .atMost(SECONDS)
        .untilAsserted(
            () ->
                assertThat(backend.connections())
                    .singleElement()
                    .satisfies(
                        connection -> {
                          assertThat(connection.failure()).isNotEmpty();
                          assertThat(connection.clientPrincipal()).isEmpty();
                        }));
  }

  @Test
  void anyClientIsServedWhenToldSo() throws IOException {
    try (GrpcBackend open =
        GrpcBackend.builder(ca)
            .anyClient()
            .serverName("store.example")
            .service(new Echo())
            .start()) {
      assertThat(Echo.say(channel(ca, null, open.port()), "hi")).isEqualTo("hi");
      assertThat(open.takeCall(SECONDS).clientPrincipal()).isEmpty();
    }
  }

  @Test
  void waitingForACallThatNeverComesSaysWhatHasBeenSeen() throws IOException {
    assertThatThrownBy(() -> backend.takeCall(Duration.ofMillis(1)))
        .isInstanceOf(AssertionError.class)
        .hasMessage("store.example: no call within 1 ms; it has seen no connection");

    Echo.say(channel(ca, ca.client("querier")), "a");
    backend.takeCall(SECONDS);
    assertThatThrownBy(() -> backend.takeCall(Duration.ofMillis(1)))
        .hasMessageContaining("1 connection(s), 1 call(s)")
        .hasMessageContaining("SNI store.example, ALPN h2, TLSv1.3, client CN=querier")
        .hasMessageContaining("call /echo.Echo/Say to store.example on connection 1");
  }

  @Test
  void portInUseIsNamed() {
    assertThatThrownBy(() -> GrpcBackend.builder(ca).port(backend.port()).start())
        .isInstanceOf(UncheckedIOException.class)
        .hasMessage(
            "backend.test cannot listen on 127.0.0.1:" + backend.port() + ": is it in use?");
    assertThatThrownBy(() -> GrpcBackend.builder(ca).port(70_000))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("port: 70000 (expected: 0-65535)");
  }

  @Test
  void methodNamesAreChecked() {
    assertThatThrownBy(() -> ByteMethods.unary("/echo.Echo/Say"))
        .hasMessage("method: /echo.Echo/Say (expected: package.Service/Method)");
    assertThat(List.of(ByteMethods.clientStreaming("a/B"), ByteMethods.bidiStreaming("a/B")))
        .extracting(method -> method.getType().name())
        .containsExactly("CLIENT_STREAMING", "BIDI_STREAMING");
  }

  private void assertUnavailable(ManagedChannel channel) {
    assertThatThrownBy(() -> Echo.say(channel, "x"))
        .isInstanceOfSatisfying(
            StatusRuntimeException.class,
            e -> assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.UNAVAILABLE));
  }

  private ManagedChannel channel(TestCa trusted, @Nullable TestCert shown) throws IOException {
    return channel(trusted, shown, backend.port());
  }

  private ManagedChannel channel(TestCa trusted, @Nullable TestCert shown, int port)
      throws IOException {
    TlsChannelCredentials.Builder credentials =
        TlsChannelCredentials.newBuilder().trustManager(trusted.pemFile().toFile());
    if (shown != null) {
      File chain = shown.chainFile().toFile();
      credentials.keyManager(chain, shown.keyFile().toFile());
    }
    ChannelCredentials tls = credentials.build();
    ManagedChannel channel =
        Grpc.newChannelBuilder("127.0.0.1:" + port, tls).overrideAuthority("store.example").build();
    channels.add(channel);
    return channel;
  }
}
