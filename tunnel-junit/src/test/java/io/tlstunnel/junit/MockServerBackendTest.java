package io.tlstunnel.junit;

import static io.tlstunnel.junit.TunnelAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.mockserver.model.HttpRequest.request;
import static org.mockserver.model.HttpResponse.response;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.tlstunnel.junit.fault.Http2Code;
import io.tlstunnel.junit.fault.Http2Fault;
import io.tlstunnel.junit.fault.Http2Fault.Moment;
import io.tlstunnel.junit.fault.When;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.mockserver.client.MockServerClient;
import org.mockserver.model.Header;

/** One MockServer for all, because it takes seconds to start; each test has a path of its own. */
final class MockServerBackendTest {
  private static final String PATH = "/" + Echo.SAY;

  @RegisterExtension
  static final TunnelExtension route =
      TunnelExtension.builder().backend(ca -> MockServerBackend.start(ca, "mock.example")).build();

  @Test
  void expectationAnswersThroughTheTunnelAndMayFail(TestRoute given, MockServerBackend backend)
      throws Exception {
    try (MockServerClient client = new MockServerClient("localhost", backend.mockServerPort())) {
      StatusRuntimeException unmatched =
          catchThrowableOfType(StatusRuntimeException.class, () -> Echo.say(given.channel(), "x"));
      assertThat(unmatched.getStatus().getCode()).isEqualTo(Status.Code.UNIMPLEMENTED);
      assertThat(unmatched)
          .hasMessageContaining("no expectation matches this call; add one with")
          .hasMessageContaining("when(request().withPath(...))");

      client
          .when(request().withPath(PATH))
          .respond(
              response()
                  .withHeader("content-type", "application/grpc")
                  .withBody(Frame.message(1, "mocked".getBytes(StandardCharsets.UTF_8)).payload())
                  .withTrailer(new Header("grpc-status", "0")));
      assertThat(Echo.say(given.channel(), "x")).isEqualTo("mocked");
      assertThat(backend).received(PATH).withSni("mock.example").withClientPrincipal("CN=tunnel");

      backend.inject(
          Http2Fault.reset(Http2Code.INTERNAL_ERROR, Moment.BEFORE_HEADERS), When.once());
      assertThatThrownBy(() -> Echo.say(given.channel(), "x"))
          .isInstanceOf(StatusRuntimeException.class)
          .hasMessageContaining("INTERNAL");
    }
  }

  @Test
  void withoutMockServerOnTheClassPathItSaysWhatToAdd() {
    ClassLoader nothing = new ClassLoader(null) {};
    assertThatThrownBy(() -> MockServer.start(nothing))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage(
            "MockServerBackend needs MockServer: add org.mock-server:mockserver-netty (tried: 7.6.0)"
                + " to the test dependencies");
  }
}
