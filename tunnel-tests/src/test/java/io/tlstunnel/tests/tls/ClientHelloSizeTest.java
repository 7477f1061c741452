package io.tlstunnel.tests.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grpc.Status;
import io.tlstunnel.TlsTunnel;
import io.tlstunnel.TlsTunnelBuilder;
import io.tlstunnel.event.Stage;
import io.tlstunnel.event.TunnelFailure;
import io.tlstunnel.junit.TestCa;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Ensures that a hello which may be too large for the path is suspected when nothing comes back,
 * and that tlsGroups makes it small.
 */
@Tag("trials")
class ClientHelloSizeTest {
  private static final TestCa CA = TestCa.create();

  /** What a remote that takes TCP and never answers has read, and what is told of it. */
  private record Unanswered(int helloBytes, TunnelFailure failure) {}

  @Test
  @DisplayName("6 a large hello that nobody answers: MTU and tlsGroups are named")
  void largeHello() throws Exception {
    Unanswered large = unanswered(settings -> settings);
    assertThat(large.helloBytes).isGreaterThan(1_400);
    assertThat(large.failure.stage()).isEqualTo(Stage.TLS);
    assertThat(large.failure.cause())
        .matches("no answer for [\\d.]+ m?s to a ClientHello of " + large.helloBytes + " bytes");
    assertThat(large.failure.remedy())
        .isEqualTo(
            "check that a TLS server listens on that port; if the path takes only smaller packets"
                + " and says so to nobody (MTU, lost ICMP), tlsGroups(\"X25519\") makes the hello fit");
  }

  @Test
  @DisplayName("6 tlsGroups makes the hello small, and then it is not suspected")
  void smallHello() throws Exception {
    Unanswered small = unanswered(settings -> settings.tlsGroups("X25519", "secp256r1"));
    System.out.println("row: trials 6 clientHello=" + small.helloBytes + " bytes");
    assertThat(small.helloBytes).isLessThan(600);
    assertThat(small.failure.cause()).matches("no answer for [\\d.]+ m?s");
    assertThat(small.failure.remedy()).isEqualTo("check that a TLS server listens on that port");
  }

  @ParameterizedTest(name = "6 {0} is offered, and nothing else")
  @CsvSource({"x25519, X25519", "SECP256R1, secp256r1", "secp384r1, secp384r1"})
  void groupIsOffered(String group, String named) throws Exception {
    try (OpensslServer server = OpensslServer.start(CA.server("backend.test"), "-alpn", "h2");
        TunnelUnderTest tunnel = new TunnelUnderTest(settings(server.port()).tlsGroups(group))) {
      // s_server knows no HTTP/2: nobody waits for the call.
      CompletableFuture<Status> call = CompletableFuture.supplyAsync(tunnel::call);
      assertThat(server.awaitLine("Supported groups: ").toLowerCase(Locale.ROOT))
          .isEqualTo("supported groups: " + named.toLowerCase(Locale.ROOT));
      assertThat(call).isNotNull();
    }
  }

  @Test
  @DisplayName("6 a group that the TLS library lacks is refused at start()")
  void groupThatTheLibraryLacks() {
    assertThatThrownBy(() -> settings(443).tlsGroups("X448").start())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "tlsGroups: X448 (expected: a group that BoringSSL has; the JDK's TLS has this one)");
    if (Runtime.version().feature() >= 20) {
      assertThatThrownBy(
              () -> Provider.JDK.choose(settings(443)).tlsGroups("X25519MLKEM768").start())
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage(
              "tlsGroups: X25519MLKEM768 (expected: a group that the JDK's TLS has; BoringSSL has"
                  + " this one)");
    }
  }

  @Test
  @DisplayName("6 the JDK's TLS takes a choice from Java 20 on, and says so before")
  void choiceByTheJdk() throws Exception {
    if (Runtime.version().feature() < 20) {
      assertThatThrownBy(() -> Provider.JDK.choose(settings(443)).tlsGroups("secp384r1").start())
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage(
              "tlsGroups: [secp384r1] (expected: BoringSSL or Java 20, for the JDK's TLS of Java "
                  + Runtime.version().feature()
                  + " takes no choice; -Djdk.tls.namedGroups makes one for the whole JVM)");
      return;
    }
    try (OpensslServer server = OpensslServer.start(CA.server("backend.test"), "-alpn", "h2");
        TunnelUnderTest tunnel =
            new TunnelUnderTest(
                Provider.JDK.choose(settings(server.port())).tlsGroups("secp384r1"))) {
      // s_server knows no HTTP/2: nobody waits for the call.
      CompletableFuture<Status> call = CompletableFuture.supplyAsync(tunnel::call);
      assertThat(server.awaitLine("Supported groups: ")).endsWith(": secp384r1");
      assertThat(call).isNotNull();
    }
  }

  private interface Choice {
    TlsTunnelBuilder of(TlsTunnelBuilder settings);
  }

  private static Unanswered unanswered(Choice choice) throws Exception {
    try (ServerSocket hole = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      CompletableFuture<Integer> read =
          CompletableFuture.supplyAsync(
              () -> {
                try (Socket connection = hole.accept()) {
                  connection.setSoTimeout(30_000);
                  InputStream in = connection.getInputStream();
                  byte[] header = in.readNBytes(5);
                  int length = (header[3] & 0xff) << 8 | (header[4] & 0xff);
                  in.transferTo(OutputStream.nullOutputStream());
                  return header.length + length;
                } catch (IOException broken) {
                  throw new UncheckedIOException(broken);
                }
              });
      try (TunnelUnderTest tunnel = new TunnelUnderTest(choice.of(settings(hole.getLocalPort())))) {
        TunnelFailure failure = tunnel.refuses();
        return new Unanswered(read.get(30, TimeUnit.SECONDS), failure);
      }
    }
  }

  private static TlsTunnelBuilder settings(int port) {
    return TlsTunnel.builder()
        .upstream("127.0.0.1", port)
        .sni("backend.test")
        .connectTimeout(Duration.ofSeconds(2))
        .trust(List.of(CA.root()));
  }
}
