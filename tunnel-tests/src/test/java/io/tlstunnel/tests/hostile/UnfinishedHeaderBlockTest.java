package io.tlstunnel.tests.hostile;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Status;
import io.tlstunnel.junit.ScriptedBackend;
import io.tlstunnel.junit.ScriptedConnection;
import io.tlstunnel.junit.TestRoute;
import io.tlstunnel.tests.rig.NothingLeft;
import java.time.Duration;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Ensures that a header block whose END_HEADERS never comes leaves nobody waiting. */
@Tag("hostile")
@Timeout(120)
class UnfinishedHeaderBlockTest {
  private static final Duration NO_HURRY = Duration.ofHours(1);

  static Stream<Named<Consumer<ScriptedConnection>>> ends() {
    return Stream.of(
        Named.of("closed", ScriptedConnection::close),
        Named.of("cut off", ScriptedConnection::cut),
        Named.of("reset", ScriptedConnection::reset));
  }

  @ParameterizedTest(name = "the connection is {0} within a header block")
  @MethodSource("ends")
  void lossWithinAHeaderBlockIsUnavailable(Consumer<ScriptedConnection> end) {
    NothingLeft nothingLeft = new NothingLeft();
    TestRoute route =
        TestRoute.builder()
            .backend(
                ca ->
                    ScriptedBackend.builder(ca)
                        .script(
                            connection -> {
                              int stream = connection.awaitCall(NO_HURRY).stream();
                              if (connection.number() == 1) {
                                connection.send(Payloads.unfinished(stream, false));
                                end.accept(connection);
                              } else {
                                connection.send(HostileRemote.response(stream));
                              }
                            })
                        .start())
            .start();
    try (route;
        Caller caller = Caller.through(route.target())) {
      assertThat(caller.call().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
      assertThat(caller.call()).matches(Status::isOk);
      assertThat(route.backend().calls()).hasSize(2);
    }
    nothingLeft.verify();
  }
}
