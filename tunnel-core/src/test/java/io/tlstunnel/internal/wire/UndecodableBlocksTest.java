package io.tlstunnel.internal.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.junit.jupiter.api.Test;

class UndecodableBlocksTest {
  private static final int[] ZERO_PADDED = {0x82, 0x18, 0x00};
  private static final int[] PADDED_WITH_AN_OCTET = {0x82, 0x1f, 0xff};
  private static final int[] EOS = {0x84, 0xff, 0xff, 0xff, 0xff};

  private final TranscodedConnection connection = new TranscodedConnection("remote");

  private static BlockWriter block() {
    return new BlockWriter();
  }

  @Test
  void indexThatIsNone() {
    assertUndecodable(block().indexed(0), "index 0 (expected: at least 1)");
    assertUndecodable(block().indexed(62), "index 62 (expected: at most 61)");
    assertUndecodable(
        block().incremental("a", "b").never(64, "x"), "index 64 (expected: at most 62)");
  }

  @Test
  void blockThatEndsWithinAField() {
    assertUndecodable(block().octets(0xff), "header block ends within a field");
    assertUndecodable(block().octets(0xff, 0x80), "header block ends within a field");
    assertUndecodable(block().octets(0x41), "header block ends within a field");
    assertUndecodable(block().octets(0x00, 0x01, 'a'), "header block ends within a field");
    assertUndecodable(
        block().octets(0x00, 0x03, 'a', 'b'), "string of 3 octets, 2 are left in the block");
  }

  @Test
  void integerThatIsTooLarge() {
    String message = "integer too large (expected: < 2^31, in at most 6 octets)";
    assertUndecodable(block().octets(0x3f, 0xff, 0xff, 0xff, 0xff, 0x0f), message);
    assertUndecodable(block().octets(0x3f, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00), message);
    assertUndecodable(block().octets(0x00, 0x7f, 0xff, 0xff, 0xff, 0xff, 0x7f), message);
  }

  @Test
  void tableLargerThanTheRemoteAllows() {
    assertUndecodable(block().sizeUpdate(4097), "dynamic table size 4097 (expected: at most 4096)");
    connection.transcoder.maxDynamicTableSize(5000);
    connection.transcode(block().sizeUpdate(5000).toBytes(), false);
    connection.transcoder.maxDynamicTableSize(10);
    assertUndecodable(block().sizeUpdate(11), "dynamic table size 11 (expected: at most 10)");
  }

  @Test
  void huffmanStringThatMustBeMeasured() {
    String message = "Huffman string with EOS or wrong padding";
    for (int[] wrong : new int[][] {ZERO_PADDED, PADDED_WITH_AN_OCTET, EOS}) {
      assertUndecodable(block().octets(0x41).octets(wrong), message);
      assertUndecodable(block().octets(0x40).octets(wrong).octets(0x00), message);
    }
  }

  @Test
  void huffmanStringThatTheRemoteWillNotSee() {
    String message = "Huffman string with EOS or wrong padding";
    for (int[] wrong : new int[][] {ZERO_PADDED, PADDED_WITH_AN_OCTET, EOS}) {
      assertUndecodable(block().octets(0x01).octets(wrong), message);
      assertThatExceptionOfType(HpackException.class)
          .isThrownBy(() -> connection.skip(block().octets(0x04).octets(wrong)))
          .withMessage(message);
      assertThatExceptionOfType(HpackException.class)
          .isThrownBy(() -> connection.skip(block().octets(0x10).octets(wrong).octets(0x00)))
          .withMessage(message);
    }
  }

  @Test
  void huffmanStringThatTellsTheMethod() {
    assertUndecodable(block().octets(0x02).octets(EOS), "Huffman string with EOS");
    assertUndecodable(
        block().octets(0x02).octets(ZERO_PADDED), "Huffman string with wrong padding");
  }

  @Test
  void otherHuffmanStringsAreTheRemotesToDecode() {
    for (int[] wrong : new int[][] {ZERO_PADDED, PADDED_WITH_AN_OCTET, EOS}) {
      byte[] passed =
          block().octets(0x04).octets(wrong).octets(0x10).octets(wrong).octets(0).toBytes();
      assertThat(connection.transcode(passed, true)).isEqualTo(passed);
    }
  }

  @Test
  void exceptionHasNoStackTrace() {
    assertThatExceptionOfType(HpackException.class)
        .isThrownBy(() -> connection.tryTranscode(block().indexed(0)))
        .satisfies(e -> assertThat(e.getStackTrace()).isEmpty());
  }

  private void assertUndecodable(BlockWriter block, String message) {
    ByteBuf out = Unpooled.buffer();
    ByteBuf in = Unpooled.wrappedBuffer(block.toBytes());
    assertThatExceptionOfType(HpackException.class)
        .isThrownBy(() -> connection.transcoder.transcode(in, false, out))
        .withMessage(message);
    assertThat(in.isReadable()).isFalse();
    assertThat(out.isReadable()).isFalse();
  }
}
