package io.tlstunnel.internal.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

/** Blocks that the remote never sees, by the caller's choice or because they are over the limit. */
class SkippedBlocksTest {
  private static final Field AUTHORITY = Field.of(":authority", "remote");

  private final TranscodedConnection connection =
      new TranscodedConnection(new HeaderRules("remote", "https", 1000, 5));

  private static BlockWriter block() {
    return new BlockWriter();
  }

  @Test
  void entriesOfASkippedBlockReachTheRemoteAsLiterals() throws HpackException {
    connection.request(block().incremental("before", "1"));
    connection.skip(block().incremental("skipped", "2").incremental(4, "/path").indexed(62));
    connection.request(block().incremental("after", "3"));
    assertThat(
            connection.request(block().indexed(63).indexed(62).indexed(64).indexed(65).indexed(62)))
        .containsExactly(
            Field.of(":path", "/path"),
            AUTHORITY,
            Field.of("after", "3"),
            Field.of("skipped", "2"),
            Field.of("before", "1"),
            Field.of("after", "3"));
  }

  @Test
  void entryNamedByOneThatTheRemoteLacksIsSentOnWithALiteralName() throws HpackException {
    connection.skip(block().incremental("skipped", "1").incremental(4, "/path"));
    connection.request(block().incremental(63, "2").incremental(63, "/other"));
    assertThat(connection.request(block().indexed(62).indexed(63)))
        .containsExactly(Field.of(":path", "/other"), AUTHORITY, Field.of("skipped", "2"));
  }

  @Test
  void skippedBlockIsSummedUpToo() throws HpackException {
    connection.skip(
        block().incremental(31, "application/grpc").without("grpc-timeout", "1S").indexed(3));
    assertThat(connection.transcoder.grpc()).isTrue();
    assertThat(connection.transcoder.grpcTimeoutNanos()).isEqualTo(1_000_000_000L);
    assertThat(connection.transcoder.headerFields()).isEqualTo(3);
    assertThat(connection.transcoder.headerListSize()).isEqualTo(60 + 46 + 43);
    assertThat(connection.transcoder.overLimit()).isFalse();
  }

  @Test
  void tooManyFieldsAreOverTheLimit() {
    BlockWriter five = block().indexed(2).indexed(2).indexed(2).indexed(2).indexed(2);
    assertThat(connection.request(five)).hasSize(6);
    assertThat(connection.transcoder.overLimit()).isFalse();

    assertThat(connection.transcode(five.incremental("x", "y").toBytes(), false)).isEmpty();
    assertThat(connection.transcoder.overLimit()).isTrue();
    assertThat(connection.transcoder.headerFields()).isEqualTo(6);
  }

  @Test
  void tooLongAListIsOverTheLimit() {
    BlockWriter fits = block().without("x", "v".repeat(1000 - 33));
    assertThat(connection.request(fits)).hasSize(2);
    assertThat(connection.transcoder.headerListSize()).isEqualTo(1000);

    BlockWriter tooLong = block().without("x", "v".repeat(1000 - 32));
    assertThat(connection.transcode(tooLong.toBytes(), false)).isEmpty();
    assertThat(connection.transcoder.headerListSize()).isEqualTo(1001);
    assertThat(connection.transcoder.overLimit()).isTrue();
  }

  @Test
  void blockOverTheLimitCountsAsSkipped() {
    connection.request(block().incremental("before", "1"));
    BlockWriter tooMany = block().sizeUpdate(0).sizeUpdate(2000);
    tooMany.incremental("a", "1").incremental("b", "2");
    tooMany.indexed(2).indexed(2).indexed(2).incremental("c", "3").incremental("d", "4");
    assertThat(connection.transcode(tooMany.toBytes(), false)).isEmpty();

    assertThat(connection.request(block().indexed(65).indexed(62).incremental("e", "5")))
        .containsExactly(AUTHORITY, Field.of("a", "1"), Field.of("d", "4"), Field.of("e", "5"));
    assertThat(connection.request(block().indexed(62).indexed(64)))
        .containsExactly(AUTHORITY, Field.of("e", "5"), Field.of("c", "3"));
  }

  @Test
  void octetsThatStandForLargeEntriesDoNotAddUpBeyondTheLimit() throws HpackException {
    TranscodedConnection wide =
        new TranscodedConnection(new HeaderRules("remote", "https", 1 << 16, 1 << 20));
    wide.skip(block().incremental("x", "v".repeat(4000)));
    assertThat(wide.transcode(bomb(200), false)).isEmpty();
    assertThat(wide.transcoder.headerListSize()).isEqualTo(200 * 4033);
    assertThat(wide.request(block().indexed(62))).hasSize(2);
    assertThatThrownBy(() -> wide.transcode(bomb(300), false))
        .hasCauseInstanceOf(HeaderListException.class)
        .hasMessageContaining("header list of more than 1048576 bytes");
  }

  private static byte[] bomb(int octets) {
    BlockWriter bomb = block();
    for (int i = 0; i < octets; i++) {
      bomb.indexed(62);
    }
    return bomb.toBytes();
  }

  @Test
  void sizeUpdatesOfSkippedBlocksGoInFrontOfTheNext() throws HpackException {
    connection.request(block().incremental("before", "1"));
    connection.skip(block().sizeUpdate(100).sizeUpdate(0).sizeUpdate(300).indexed(2));
    connection.skip(block().sizeUpdate(200).indexed(2));
    byte[] next = connection.transcode(block().indexed(3).toBytes(), true);
    assertThat(next).isEqualTo(block().sizeUpdate(0).sizeUpdate(200).indexed(3).toBytes());
    assertThat(connection.transcode(block().indexed(3).toBytes(), true)).hasSize(1);
  }

  @Test
  void sizeUpdatesOfSkippedBlocksJoinThoseOfTheNext() throws HpackException {
    connection.skip(block().sizeUpdate(100));
    byte[] updates = block().sizeUpdate(50).sizeUpdate(4096).toBytes();
    assertThat(connection.transcode(updates, true))
        .isEqualTo(block().sizeUpdate(0).sizeUpdate(4096).toBytes());
    connection.skip(block().sizeUpdate(100));
    assertThat(connection.transcode(block().toBytes(), true))
        .isEqualTo(block().sizeUpdate(100).toBytes());
  }

  @Test
  void sizeUpdateBehindAFieldIsTheRemotesToRefuse() {
    byte[] late = block().indexed(2).sizeUpdate(100).indexed(3).toBytes();
    assertThat(connection.transcode(late, true)).isEqualTo(late);
  }

  @Test
  void sizeUpdateBehindAFieldThatTheRemoteWillNotSeeIsAnError() {
    BlockWriter late = block().indexed(2).sizeUpdate(100).indexed(3).indexed(3);
    assertThatExceptionOfType(HpackException.class)
        .isThrownBy(() -> connection.skip(late))
        .withMessage("dynamic table size update behind a field");
    BlockWriter beforeTheLimit = late.indexed(3).indexed(3).indexed(3);
    assertThatExceptionOfType(HpackException.class)
        .isThrownBy(() -> connection.tryTranscode(beforeTheLimit))
        .withMessage("dynamic table size update behind a field");
  }
}
