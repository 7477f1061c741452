package io.tlstunnel.junit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.StatusRuntimeException;
import io.tlstunnel.TlsTunnel;
import io.tlstunnel.tls.ClientCert;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;

final class FakeResolverTest {
  private static final String HOST = "store.example";

  private final FakeResolver names = FakeResolver.create();

  @Test
  void tunnelFindsItsRemoteByTheAnswersOfATest() {
    TestCa ca = TestCa.create();
    TestCert client = ca.client("CN=tunnel");
    try (GrpcBackend backend =
            GrpcBackend.builder(ca).serverName(HOST).service(new Echo()).start();
        TlsTunnel tunnel =
            TlsTunnel.builder()
                .upstream(HOST, backend.port())
                .resolver(names)
                .trust(List.of(ca.root()))
                .clientCert(ClientCert.of(client.privateKey(), client.chain()))
                .start();
        DirectChannel channel =
            new DirectChannel(
                Grpc.newChannelBuilder(tunnel.target(), InsecureChannelCredentials.create())
                    .build())) {
      names.fail(HOST, "SERVFAIL");
      assertThatThrownBy(() -> channel.say("x"))
          .isInstanceOf(StatusRuntimeException.class)
          .hasMessageContaining("UNAVAILABLE")
          .hasMessageContaining(HOST);
      names.answer(HOST);
      assertThatThrownBy(() -> channel.say("x")).hasMessageContaining(HOST);
      names.answer(HOST, "127.0.0.1");
      assertThat(channel.say("x")).isEqualTo("x");
      assertThat(names.lookups(HOST)).isGreaterThanOrEqualTo(2);
    }
  }

  @Test
  void answersMoveAndKeepTheirOrder() throws UnknownHostException {
    names.answer(HOST, "127.0.0.2", "::1");
    assertThat(names.resolve(HOST))
        .extracting(InetAddress::getHostAddress)
        .containsExactly("127.0.0.2", "0:0:0:0:0:0:0:1");
    names.answer(HOST, "127.0.0.3");
    assertThat(names.resolve(HOST))
        .extracting(InetAddress::getHostAddress)
        .containsExactly("127.0.0.3");
    assertThat(names.lookups(HOST)).isEqualTo(2);
    assertThat(names.lookups("never.asked")).isZero();
  }

  @Test
  void stalledQuestionWaitsForItsAnswer() throws Exception {
    names.stall(HOST);
    CompletableFuture<List<InetAddress>> question =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return names.resolve(HOST);
              } catch (UnknownHostException e) {
                throw new IllegalStateException(e);
              }
            });
    assertThatThrownBy(() -> question.get(50, TimeUnit.MILLISECONDS))
        .isInstanceOf(TimeoutException.class);
    names.answer(HOST, "127.0.0.1");
    assertThat(question.get(5, TimeUnit.SECONDS)).hasSize(1);
  }

  @Test
  void unknownNameAndNonsenseSayWhatToDo() {
    assertThatThrownBy(() -> names.resolve("other.example"))
        .isInstanceOf(UnknownHostException.class)
        .hasMessage("FakeResolver has no answer for other.example: give it one with answer(...)");
    assertThatThrownBy(() -> names.answer(HOST, "localhost"))
        .hasMessage("address: localhost (expected: an IP address)");
  }
}
