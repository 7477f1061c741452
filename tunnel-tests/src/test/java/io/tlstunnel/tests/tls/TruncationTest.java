package io.tlstunnel.tests.tls;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Status;
import io.tlstunnel.TlsTunnel;
import io.tlstunnel.TlsTunnelBuilder;
import io.tlstunnel.event.Stage;
import io.tlstunnel.junit.Frame;
import io.tlstunnel.junit.RecordedCall;
import io.tlstunnel.junit.ScriptedBackend;
import io.tlstunnel.junit.ScriptedConnection;
import io.tlstunnel.junit.TestCa;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Ensures that a response which was cut off is never taken for a whole one. */
@Tag("tls")
class TruncationTest {
  private static final byte[] MESSAGE = {1, 2, 3};

  /** What the remote sends before its connection ends without close_notify (RFC 8446, 6.1). */
  enum Cut {
    AFTER_THE_REQUEST,
    AFTER_THE_HEADERS,
    AFTER_THE_MESSAGE;

    void answer(ScriptedConnection connection, int stream) {
      if (this != AFTER_THE_REQUEST) {
        connection.send(Frame.responseHeaders(stream));
      }
      if (this == AFTER_THE_MESSAGE) {
        connection.send(Frame.message(stream, MESSAGE));
      }
    }
  }

  static Stream<Arguments> cases() {
    return Stream.of(Cut.values())
        .flatMap(cut -> Stream.of(Provider.values()).map(provider -> Arguments.of(cut, provider)));
  }

  @ParameterizedTest(name = "P12 FIN without close_notify {0}, {1}")
  @MethodSource("cases")
  void truncatedResponseIsNoSuccess(Cut cut, Provider provider) {
    TestCa ca = TestCa.create();
    try (ScriptedBackend backend =
            ScriptedBackend.builder(ca).anyClient().script(c -> serve(c, cut)).start();
        TunnelUnderTest tunnel = tunnel(provider, backend, ca)) {
      Status status = tunnel.call();
      assertThat(status.getCode()).as(status.toString()).isEqualTo(Status.Code.UNAVAILABLE);
      assertThat(status.getDescription())
          .startsWith(
              Stage.RELAY.phrase()
                  + " 127.0.0.1:"
                  + backend.port()
                  + " failed: the connection was cut off: it ended without TLS close_notify (");
      assertThat(tunnel.tunnel().stats().routesLost()).isEqualTo(1);

      tunnel.serves();
      assertThat(backend.calls()).hasSize(2);
    }
  }

  /** Cuts the first connection off and serves the others. */
  private static void serve(ScriptedConnection connection, Cut cut) throws InterruptedException {
    RecordedCall call = connection.awaitCall(Duration.ofSeconds(20));
    if (connection.number() == 1) {
      cut.answer(connection, call.stream());
      connection.cut();
    } else {
      connection.send(
          Frame.responseHeaders(call.stream()),
          Frame.message(call.stream(), MESSAGE),
          Frame.trailers(call.stream(), 0, ""));
    }
  }

  private static TunnelUnderTest tunnel(Provider provider, ScriptedBackend backend, TestCa ca) {
    TlsTunnelBuilder settings =
        TlsTunnel.builder()
            .upstream("127.0.0.1", backend.port())
            .sni("backend.test")
            .trust(List.of(ca.root()));
    return new TunnelUnderTest(provider.choose(settings));
  }
}
