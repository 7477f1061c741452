package io.tlstunnel;

import static java.util.Objects.requireNonNull;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import io.tlstunnel.diagnosis.GrpcAnswer;
import io.tlstunnel.diagnosis.RouteDiagnosis;
import io.tlstunnel.diagnosis.Step;
import io.tlstunnel.event.TunnelFailure;
import io.tlstunnel.testpeer.Frame;
import io.tlstunnel.testpeer.Peer;
import io.tlstunnel.testpeer.Rig;
import java.io.UncheckedIOException;
import java.net.SocketException;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A diagnosis shows what the remote has answered, and claims no more than that. */
@Tag("trials")
class HealthAnswersTest {
  private static final int MAX_CONCURRENT_STREAMS = 3;
  private static final int HTTP_1_1_REQUIRED = 13;

  @RegisterExtension final Rig rig = new Rig();

  @ParameterizedTest(name = "18 an OK with {0}")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          UNKNOWN             | 00 00000002 0800   | gRPC, and its health service says UNKNOWN
          UNKNOWN by default  | 00 00000000        | gRPC, and its health service says UNKNOWN
          SERVING             | 00 00000002 0801   | gRPC, and its health service says SERVING
          NOT_SERVING         | 00 00000002 0802   | its health service says NOT_SERVING
          SERVICE_UNKNOWN     | 00 00000002 0803   | gRPC, and its health service says SERVICE_UNKNOWN
          no message          | ''                 | gRPC, which answers a health check with OK and no message
          a number of its own | 00 00000002 0809   | gRPC, which answers a health check with OK and a message that is no health check's
          some other message  | 00 00000003 120161 | gRPC, which answers a health check with OK and a message that is no health check's
          half a message      | 00 00000002 08     | gRPC, which answers a health check with OK and a message that is no health check's
          """)
  void healthIsShownAsItIs(String what, String message, String meaning) {
    byte[] bytes = bytes(message.replace(" ", ""));
    RouteDiagnosis found =
        answered(
            remote ->
                remote.send(
                    remote.headers(1, 0, ":status: 200", "content-type: application/grpc"),
                    Frame.of(Frame.DATA, 0, 1, bytes),
                    remote.headers(1, Frame.END_STREAM, "grpc-status: 0")));
    assertThat(answer(found).meaning()).isEqualTo(meaning);
    assertThat(found.ok()).isEqualTo(!meaning.contains("NOT_SERVING"));
    assertThat(found.toString()).contains(meaning);
  }

  @ParameterizedTest(name = "18 {0}: {2}")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          an ingress refuses our subject | 200 | 7 | RBAC%3A access denied | server: envoy | false | PERMISSION_DENIED from envoy 'RBAC: access denied': the server, or a proxy in front of it, does not let us in
          a call without credentials | 200 | 16 | Jwt is missing | server: envoy | true | grpc-status 16 from envoy 'Jwt is missing': gRPC, and it refuses a call without credentials of its own
          a proxy without a route | 200 | 12 | '' | server: envoy | true | gRPC: a server without a health service, or a proxy without a route for remote.test
          a rate limit in gRPC | 200 | 8 | quota | server: envoy | false | RESOURCE_EXHAUSTED from envoy 'quota': the server, or a proxy in front of it, limits calls
          a rate limit of Envoy | 200 | 14 | '' | x-envoy-ratelimited: true | false | a proxy limits the rate of calls
          a rate limit's 503 by its header | 503 | '' | wait a bit | x-ratelimit-limit: 5 | false | HTTP 503 'wait a bit': a proxy limits the rate of calls
          a rate limit's 503 by its text | 503 | '' | Too Many Requests | server: haproxy | false | a proxy limits the rate of calls
          a 503 that does not say why | 503 | '' | Service Temporarily Unavailable | server: nginx | false | has no backend that works, or limits the rate of calls
          a dead backend's 503 | 503 | '' | no healthy upstream | server: envoy | false | a proxy in front of the server is reached, and has no backend that works
          words in JSON | 404 | '' | {"message":"no Route matched"} | content-type: application/json | false | HTTP 404 '{"message":"no Route matched"}': a proxy
          a status that is no number | abc | '' | what | server: odd | false | the remote answered without a status: this is no HTTP response
          """)
  void whoAnswersIsToldByItsWords(
      String what,
      String status,
      String grpcStatus,
      String text,
      String field,
      boolean stands,
      String told) {
    RouteDiagnosis found =
        answered(
            remote -> {
              if (grpcStatus.isEmpty()) {
                remote.send(
                    remote.headers(1, 0, ":status: " + status, field),
                    Frame.data(1, Frame.END_STREAM, text));
              } else {
                remote.send(
                    remote.headers(
                        1,
                        Frame.END_STREAM,
                        ":status: " + status,
                        field,
                        "grpc-status: " + grpcStatus,
                        "grpc-message: " + text));
              }
            });
    assertThat(found.ok()).as(found.toString()).isEqualTo(stands);
    assertThat(found.toString()).contains(told).doesNotContain("HTTP 0");
  }

  @Test
  @DisplayName("18 a frame in place of a response is no HTTP 0")
  void resetIsNoHttpStatus() {
    RouteDiagnosis found = answered(remote -> remote.send(Frame.reset(1, HTTP_1_1_REQUIRED)));
    assertThat(found.toString())
        .contains("no response 'RST_STREAM HTTP_1_1_REQUIRED': this is served over HTTP/1.1 only")
        .doesNotContain("HTTP 0");
  }

  @ParameterizedTest(name = "18 {0} bytes of header fields are the diagnosis''s limit")
  @CsvSource({"70000", "120000"})
  void headersThatAreNotReadAreNobodysBreach(int length) {
    String value = "x".repeat(10_000);
    RouteDiagnosis found =
        answered(
            remote -> {
              String[] fields = new String[length / 10_000 + 1];
              fields[0] = ":status: 200";
              for (int i = 1; i < fields.length; i++) {
                fields[i] = "x-" + i + ": " + value;
              }
              byte[] block = remote.encode(fields);
              try {
                sendInParts(remote, block);
              } catch (UncheckedIOException gone) {
                // The diagnosis has read as much as it wants.
                assertThat(gone).hasCauseInstanceOf(SocketException.class);
              }
            });
    assertThat(failure(found).message())
        .contains("more header fields than a diagnosis reads")
        .doesNotContain("does not keep to HTTP/2");
  }

  private static void sendInParts(Peer remote, byte[] block) {
    int part = Math.min(block.length / 8, 16_384);
    remote.send(Frame.of(Frame.HEADERS, Frame.END_STREAM, 1, Arrays.copyOf(block, part)));
    for (int at = part; at < block.length; at += part) {
      int end = Math.min(at + part, block.length);
      remote.send(
          Frame.of(
              Frame.CONTINUATION,
              end == block.length ? Frame.END_HEADERS : 0,
              1,
              Arrays.copyOfRange(block, at, end)));
    }
  }

  @Test
  @DisplayName("18 a remote that allows no call is said to, when the time is over")
  void remoteThatAllowsNoCallIsTold() {
    CompletableFuture<RouteDiagnosis> walk =
        diagnosing(() -> rig.tunnel().diagnose(Duration.ofSeconds(6)));
    Peer remote = rig.remote();
    remote.read(Frame.SETTINGS);
    remote.send(Frame.settings(MAX_CONCURRENT_STREAMS, 0), Frame.settingsAck());

    RouteDiagnosis found = walk.join();
    assertThat(found.failedAt()).isEqualTo(Step.GRPC);
    assertThat(failure(found).message())
        .contains("the remote allows no call now: its SETTINGS say MAX_CONCURRENT_STREAMS 0");
  }

  @Test
  @DisplayName("18 a remote that allows calls a little later gets one")
  void remoteThatAllowsCallsLaterIsAsked() {
    RouteDiagnosis found =
        answered(
            remote ->
                remote.send(
                    remote.headers(
                        1,
                        Frame.END_STREAM,
                        ":status: 200",
                        "grpc-status: 12",
                        "grpc-message: no")),
            Frame.settings(MAX_CONCURRENT_STREAMS, 0),
            Frame.ping(0, 1),
            Frame.settings(MAX_CONCURRENT_STREAMS, 1));
    assertThat(found.ok()).as(found.toString()).isTrue();
  }

  private RouteDiagnosis answered(Consumer<Peer> answer) {
    return answered(answer, Frame.settings());
  }

  private RouteDiagnosis answered(Consumer<Peer> answer, Frame... greeting) {
    CompletableFuture<RouteDiagnosis> walk = diagnosing(rig.builder()::diagnose);
    Peer remote = rig.remote();
    remote.read(Frame.SETTINGS);
    remote.send(greeting);
    remote.send(Frame.settingsAck());
    for (Frame each : greeting) {
      remote.read(each.type());
    }
    remote.readBlock();
    remote.read(Frame.DATA);
    answer.accept(remote);
    return walk.join();
  }

  private static byte[] bytes(String hex) {
    byte[] bytes = new byte[hex.length() / 2];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) Integer.parseInt(hex.substring(2 * i, 2 * i + 2), 16);
    }
    return bytes;
  }

  private static TunnelFailure failure(RouteDiagnosis found) {
    return requireNonNull(found.failure(), found::toString);
  }

  private static GrpcAnswer answer(RouteDiagnosis found) {
    return requireNonNull(found.answer(), found::toString);
  }

  private static CompletableFuture<RouteDiagnosis> diagnosing(Supplier<RouteDiagnosis> diagnose) {
    return CompletableFuture.supplyAsync(diagnose, task -> new Thread(task, "diagnosing").start())
        .orTimeout(60, SECONDS);
  }
}
