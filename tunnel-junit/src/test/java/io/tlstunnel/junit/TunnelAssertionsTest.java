package io.tlstunnel.junit;

import static io.tlstunnel.junit.TunnelAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

@WithRoute(services = Echo.class, serverName = "store.example", clientSubject = "CN=querier")
final class TunnelAssertionsTest {
  private static final String PATH = "/" + Echo.SAY;

  @Test
  @WithRoute(name = "unused")
  void whatWasReceivedPasses(
      @FromRoute("default") TestRoute route, @FromRoute("unused") Backend unused) {
    Echo.say(route.channel(), "x");

    assertThat(route.backend())
        .received(PATH)
        .withSni("store.example")
        .withAuthority("store.example")
        .withClientPrincipal("CN=querier")
        .withHeader("te", "trailers")
        .onConnection(1);
    assertThat(unused).receivedNothing().received(PATH, 0).acceptedConnections(0);
  }

  @Test
  @WithRoute(name = "own", services = Echo.class)
  void whatWasNotReceivedSaysWhatWas(@FromRoute("own") TestRoute own) {
    assertThatThrownBy(() -> assertThat(own.backend()).received(PATH))
        .isInstanceOf(AssertionError.class)
        .hasMessage("no call with path " + PATH + " (found: no call at all), of all these:");

    Echo.say(own.channel(), "x");

    assertThatThrownBy(() -> assertThat(own.backend()).received(PATH).withSni("other.example"))
        .hasMessageStartingWith(
            "no call with SNI other.example (found: backend.test), of all these:")
        .hasMessageContaining("RecordedCall[path=" + PATH);
    assertThatThrownBy(() -> assertThat(own.backend()).receivedNothing())
        .hasMessageStartingWith("1 call(s) (expected: none):");
    assertThatThrownBy(() -> assertThat(own.backend()).received(PATH, 2))
        .hasMessageStartingWith("1 call(s) of " + PATH + " (expected: 2), of all these:");
    assertThatThrownBy(() -> assertThat(own.backend()).acceptedConnections(2))
        .hasMessageStartingWith("1 connection(s) (expected: 2): backend.test at 127.0.0.1:");
  }
}
