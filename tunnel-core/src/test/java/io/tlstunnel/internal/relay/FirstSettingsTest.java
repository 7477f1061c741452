package io.tlstunnel.internal.relay;

import static org.assertj.core.api.Assertions.assertThat;

import io.tlstunnel.testpeer.Frame;
import io.tlstunnel.testpeer.Peer;
import io.tlstunnel.testpeer.RawClient;
import io.tlstunnel.testpeer.Rig;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The tunnel's SETTINGS are the client's first, and some of what the first say is final. */
@Tag("trials")
class FirstSettingsTest {
  private static final int MAX_CONCURRENT_STREAMS = 0x3;
  private static final int INITIAL_WINDOW_SIZE = 0x4;
  private static final int ENABLE_CONNECT_PROTOCOL = 0x8;
  private static final int NO_RFC7540_PRIORITIES = 0x9;
  private static final int GREASE = 0x1a2a;
  private static final int TRUE_BINARY_METADATA = 0xfe03;

  private static final Frame WITHOUT_PRIORITIES = Frame.settings(NO_RFC7540_PRIORITIES, 1);
  private static final Frame WITH_PRIORITIES = Frame.settings(NO_RFC7540_PRIORITIES, 0);

  @RegisterExtension final Rig rig = new Rig();

  /** A client that holds its server to what may not change: what libnghttp2 does. */
  private static final class Judge {
    private final Map<Integer, Integer> values = new HashMap<>();
    private boolean first = true;

    void read(Frame settings) {
      ByteBuffer entries = ByteBuffer.wrap(settings.payload());
      while (entries.hasRemaining()) {
        judge(entries.getShort() & 0xffff, entries.getInt());
      }
      first = false;
    }

    private void judge(int id, int value) {
      int before = values.getOrDefault(id, 0);
      if (id == NO_RFC7540_PRIORITIES && !first) {
        assertThat(value).as("SETTINGS_NO_RFC7540_PRIORITIES (RFC 9218, 2.1)").isEqualTo(before);
      }
      if (id == ENABLE_CONNECT_PROTOCOL) {
        assertThat(value).as("ENABLE_CONNECT_PROTOCOL (RFC 8441, 3)").isBetween(before, 1);
      }
      values.put(id, value);
    }
  }

  static Stream<Arguments> remotes() {
    return Stream.of(
        Arguments.of("1 one that takes no priorities", List.of(WITHOUT_PRIORITIES)),
        Arguments.of("1 one that says that it takes priorities", List.of(WITH_PRIORITIES)),
        Arguments.of("1 one that says nothing of priorities", List.of(Frame.settings())),
        Arguments.of(
            "1 Go's golang.org/x/net/http2",
            List.of(
                Frame.settings(
                    0x5, 1 << 20, 0x3, 250, 0x6, 1_048_896, 0x4, 1 << 20, 0x9, 1, 0x8, 1))),
        Arguments.of(
            "1 one that repeats itself",
            List.of(WITHOUT_PRIORITIES, WITHOUT_PRIORITIES, Frame.settings(0x4, 70_000, 0x9, 1))),
        Arguments.of(
            "1 one that changes its mind, which no client may see",
            List.of(Frame.settings(), WITHOUT_PRIORITIES, WITH_PRIORITIES)),
        Arguments.of(
            "1 one that contradicts itself in one frame", List.of(Frame.settings(9, 0, 9, 1))),
        Arguments.of(
            "1 one that allows extended CONNECT later",
            List.of(
                Frame.settings(ENABLE_CONNECT_PROTOCOL, 0),
                Frame.settings(ENABLE_CONNECT_PROTOCOL, 1),
                Frame.settings(ENABLE_CONNECT_PROTOCOL, 1))),
        Arguments.of(
            "1 GREASE and settings yet unknown",
            List.of(
                Frame.settings(GREASE, -1, TRUE_BINARY_METADATA, 1, 0xffff, 7, 0, 5, 0x9, 1),
                Frame.settings(GREASE, 3, TRUE_BINARY_METADATA, 0, 0x10, 2))));
  }

  /** Each remote is met by a client that knows nothing, and by one that was told of it before. */
  @ParameterizedTest(name = "{0}")
  @MethodSource("remotes")
  void nothingThatIsFinalChangesBehindTheGreeting(String remote, List<Frame> said) {
    meet(said);
    meet(said);
  }

  @ParameterizedTest(name = "{0}, where the last was another")
  @MethodSource("remotes")
  void nothingThatIsFinalChangesIfTheRemoteIsAnotherNow(String remote, List<Frame> said) {
    meet(List.of(WITHOUT_PRIORITIES));
    meet(said);
  }

  @Test
  @DisplayName("1 the greeting says what the last remote has said, and no more than that is final")
  void greetingIsTheLastRemotes() {
    Frame plain = Frame.settings(MAX_CONCURRENT_STREAMS, 100);
    Frame without = Frame.settings(MAX_CONCURRENT_STREAMS, 100, NO_RFC7540_PRIORITIES, 1);
    assertThat(meet(List.of(Frame.settings(0x8, 1, 0x9, 1, GREASE, 1)))).isEqualTo(plain);
    assertThat(meet(List.of(WITHOUT_PRIORITIES))).isEqualTo(without);
    assertThat(meet(List.of(WITH_PRIORITIES, WITHOUT_PRIORITIES))).isEqualTo(without);
    assertThat(meet(List.of(WITHOUT_PRIORITIES))).isEqualTo(plain);
    assertThat(meet(List.of(Frame.settings(INITIAL_WINDOW_SIZE, 1)))).isEqualTo(without);
    assertThat(meet(List.of(Frame.settings()))).isEqualTo(plain);
  }

  @Test
  @DisplayName("1 all that is not final passes as it came, and so does what nobody may say")
  void allElsePassesAsItCame() {
    Frame said =
        Frame.settings(
            ENABLE_CONNECT_PROTOCOL, 1, GREASE, -1, NO_RFC7540_PRIORITIES, 2, 0x3, 7, 0xffff, -2);
    RawClient client = rig.client();
    Peer remote = rig.remote();
    remote.expect(Frame.settings());
    remote.send(said);
    client.expect(said);
    remote.send(WITHOUT_PRIORITIES);
    client.expect(WITH_PRIORITIES);
  }

  /**
   * Lets a client and a remote meet that says this.
   *
   * @return the greeting
   */
  private Frame meet(List<Frame> said) {
    try (RawClient client = rig.silentClient()) {
      client.sendAtOnce(Frame.settings());
      Judge judge = new Judge();
      Frame greeting = client.read(Frame.SETTINGS);
      judge.read(greeting);
      try (Peer remote = rig.remote()) {
        remote.expect(Frame.settings());
        remote.send(said.toArray(Frame[]::new));
        remote.send(Frame.ping(0, 1));
        for (Frame frame = client.read(); frame.type() != Frame.PING; frame = client.read()) {
          assertThat(frame.type()).as("%s", frame).isEqualTo(Frame.SETTINGS);
          judge.read(frame);
        }
      }
      return greeting;
    }
  }
}
