package io.tlstunnel.internal.relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.tlstunnel.event.TunnelEvent;
import io.tlstunnel.testpeer.Frame;
import io.tlstunnel.testpeer.RawClient;
import io.tlstunnel.testpeer.RecordedLog;
import io.tlstunnel.testpeer.Rig;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A client gives up a request on which the remote, or the network, has said nothing. */
@Tag("trials")
@Timeout(60)
class SilentRemoteTrialsTest {
  private static final int CANCEL = 8;
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final Duration SILENCE = Duration.ofNanos(RemoteSilence.SHORTEST_NANOS);

  @RegisterExtension final Rig rig = new Rig();

  private final RecordedLog log = new RecordedLog();

  @AfterEach
  void closeLog() {
    log.close();
  }

  static List<Named<Consumer<RawClient>>> ends() {
    return List.of(
        Named.of("resets it", client -> client.send(Frame.reset(3, CANCEL))),
        Named.of("closes the connection", RawClient::close),
        Named.of("resets the connection", RawClient::reset));
  }

  @ParameterizedTest(name = "20 the remote says nothing and the client {0}: one line and an event")
  @MethodSource("ends")
  void silence(Consumer<RawClient> givesUp) {
    Rig.Route route = rig.route();
    RawClient client = route.client();
    client.send(client.grpcRequest(1, 0), Frame.data(1, Frame.END_STREAM, "ping"));
    client.send(client.grpcRequest(3, 0));
    route.remote().readBlock();
    long begun = System.nanoTime();
    await().atMost(PATIENCE).until(() -> System.nanoTime() - begun > SILENCE.toNanos());
    givesUp.accept(client);
    await().atMost(PATIENCE).until(() -> !rig.events(TunnelEvent.RemoteSilent.class).isEmpty());
    TunnelEvent.RemoteSilent told = rig.events(TunnelEvent.RemoteSilent.class).get(0);
    assertThat(told.silence()).isBetween(SILENCE, PATIENCE);
    assertThat(told.peer()).contains("127.0.0.1:" + rig.server().port());
    assertThat(log.warnings())
        .singleElement()
        .asString()
        .matches(
            "connection \\d+: no byte from the remote for \\d+ ms while requests were open, and the"
                + " client gave one up \\(check .*127\\.0\\.0\\.1:\\d+ and the network between;"
                + " keepAlive\\(\\.\\.\\.\\) ends a connection whose remote is gone\\)");
  }

  @Test
  @DisplayName(
      "20 a second request given up in one silence, and one that began to be answered: no line")
  void once() {
    Rig.Route route = rig.route();
    RawClient client = route.client();
    client.send(client.grpcRequest(1, 0), client.grpcRequest(3, 0));
    route.remote().readBlock();
    route.remote().readBlock();
    long begun = System.nanoTime();
    await().atMost(PATIENCE).until(() -> System.nanoTime() - begun > SILENCE.toNanos());
    client.send(Frame.reset(1, CANCEL), Frame.reset(3, CANCEL));
    route.remote().expect(Frame.reset(1, CANCEL), Frame.reset(3, CANCEL));
    assertThat(rig.events(TunnelEvent.RemoteSilent.class)).hasSize(1);

    client.send(client.grpcRequest(5, 0));
    route.remote().readBlock();
    route.remote().send(route.remote().headers(5, 0, ":status: 200"));
    client.readBlock();
    long heard = System.nanoTime();
    await().atMost(PATIENCE).until(() -> System.nanoTime() - heard > SILENCE.toNanos());
    client.send(Frame.reset(5, CANCEL));
    route.remote().expect(Frame.reset(5, CANCEL));
    assertThat(rig.events(TunnelEvent.RemoteSilent.class)).hasSize(1);
    assertThat(log.warnings()).hasSize(1);
  }
}
