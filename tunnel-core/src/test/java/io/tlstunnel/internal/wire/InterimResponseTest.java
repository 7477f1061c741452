package io.tlstunnel.internal.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** However a response's first field is encoded, an interim one is no beginning. */
@Tag("trials")
class InterimResponseTest {
  private static final int PADDING = 2;

  /** How the name of a field may be encoded. */
  enum Name {
    STATIC(8),
    LAST_STATIC(14),
    DYNAMIC(62),
    LATER_DYNAMIC(63),
    FAR_DYNAMIC(300),
    SPELLED_OUT(0);

    private final int index;

    Name(int index) {
      this.index = index;
    }

    @Override
    public String toString() {
      return "33 :status, name " + name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }

    private byte[] block(int pattern, int prefixBits, boolean huffman, String code) {
      BlockWriter block = new BlockWriter().huffman(huffman).integer(pattern, prefixBits, index);
      if (index == 0) {
        block.string(":status");
      }
      return block.string(code).indexed(31).toBytes();
    }
  }

  @ParameterizedTest(name = "{0}")
  @EnumSource(Name.class)
  void codeIsReadFromEachRepresentation(Name name) {
    for (boolean huffman : new boolean[] {false, true}) {
      for (String code : new String[] {"100", "103", "199", "200", "401", "503"}) {
        boolean interim = code.startsWith("1");
        assertInterim(interim, name.block(0x40, 6, huffman, code));
        assertInterim(interim, name.block(0x00, 4, huffman, code));
        assertInterim(interim, name.block(0x10, 4, huffman, code));
      }
    }
  }

  private static void assertInterim(boolean expected, byte[] block) {
    assertThat(begins(0, block)).isEqualTo(expected);
    byte[] updates = new BlockWriter().sizeUpdate(0).sizeUpdate(4_096).toBytes();
    assertThat(begins(0, concat(updates, block))).isEqualTo(expected);
    byte[] padded = concat(concat(new byte[] {PADDING}, block), new byte[PADDING]);
    assertThat(begins(FrameFlags.PADDED, padded)).isEqualTo(expected);
    byte[] prioritized = concat(new byte[5], block);
    assertThat(begins(FrameFlags.PRIORITY, prioritized)).isEqualTo(expected);
  }

  static Stream<byte[]> others() {
    return Stream.of(
        new BlockWriter().indexed(8).toBytes(),
        new BlockWriter().indexed(62).toBytes(),
        new BlockWriter().without(31, "1").toBytes(),
        new BlockWriter().without(15, "100").toBytes(),
        new BlockWriter().without(61, "100").toBytes(),
        new BlockWriter().incremental(7, "100").toBytes(),
        new BlockWriter().incremental("x-code", "100").toBytes(),
        new BlockWriter().incremental(":statuz", "100").toBytes(),
        new BlockWriter().huffman(true).incremental(":statuz", "100").toBytes(),
        new BlockWriter().without("", "100").toBytes());
  }

  @ParameterizedTest
  @MethodSource("others")
  void everythingElseIsNoInterimResponse(byte[] block) {
    assertThat(begins(0, block)).isFalse();
  }

  @Test
  @DisplayName("33 an interim response that is cut off is none, and does no harm")
  void whatIsCutOffIsNone() {
    for (Name name : Name.values()) {
      for (boolean huffman : new boolean[] {false, true}) {
        byte[] block = name.block(0x10, 4, huffman, "100");
        int beforeTheDigit = block.length - 1 - (huffman ? 2 : 3);
        for (int length = 0; length <= beforeTheDigit; length++) {
          ByteBuf part = Unpooled.wrappedBuffer(block, 0, length);
          assertThat(InterimResponse.begins(0, block.length, part, 0)).isFalse();
          assertThat(InterimResponse.begins(0, length, Unpooled.wrappedBuffer(block), 0)).isFalse();
        }
      }
    }
  }

  private static boolean begins(int flags, byte[] payload) {
    return InterimResponse.begins(flags, payload.length, Unpooled.wrappedBuffer(payload), 0);
  }

  private static byte[] concat(byte[] first, byte[] second) {
    byte[] both = Arrays.copyOf(first, first.length + second.length);
    System.arraycopy(second, 0, both, first.length, second.length);
    return both;
  }
}
