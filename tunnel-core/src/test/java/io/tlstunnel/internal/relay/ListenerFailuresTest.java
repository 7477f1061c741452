package io.tlstunnel.internal.relay;

import static org.assertj.core.api.Assertions.assertThat;

import io.tlstunnel.testpeer.Frame;
import io.tlstunnel.testpeer.RawClient;
import io.tlstunnel.testpeer.Rig;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What a listener throws is its own affair. */
class ListenerFailuresTest {
  @RegisterExtension final Rig rig = new Rig();

  @Test
  void listenerWhoseAssertionsFailChangesNothing() {
    rig.keep(
        rig.builder()
            .listener(
                event -> {
                  throw new AssertionError("the listener's own");
                })
            .start());
    Rig.Route route = rig.route();
    RawClient client = route.client();
    client.send(client.grpcRequest(1, Frame.END_STREAM));
    route.remote().readBlock();
    route.remote().close();
    assertThat(client.readBlock().field("grpc-status")).isEqualTo("14");
    client.expectEnding(1);
  }
}
