package io.tlstunnel.internal.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * What became of a block is remembered for the next one with the same octets, which may mean
 * something else by then: few blocks in random order, so that nearly every one repeats another, and
 * read by a decoder that remembers nothing.
 */
class RepeatedBlocksTest {
  private static final int BLOCKS = 100_000;
  private static final HeaderRules RULES = new HeaderRules("remote.test", "https", 700, 8);

  /** The table never holds fewer than the three entries that these refer to. */
  private static final List<byte[]> POOL =
      List.of(
          new BlockWriter().incremental(4, "/a").toBytes(),
          new BlockWriter().incremental(4, "/b").toBytes(),
          new BlockWriter().incremental(1, "client").toBytes(),
          new BlockWriter().incremental("te", "trailers").toBytes(),
          new BlockWriter().sizeUpdate(4_096).indexed(62).toBytes(),
          new BlockWriter().sizeUpdate(200).indexed(3).toBytes(),
          new BlockWriter().indexed(3).indexed(6).indexed(62).toBytes(),
          new BlockWriter().indexed(3).indexed(6).indexed(63).indexed(64).toBytes(),
          new BlockWriter().indexed(62).indexed(6).without(4, "/c").toBytes(),
          new BlockWriter().without(63, "deadline").toBytes(),
          // Over the limit, and not before it has added an entry.
          new BlockWriter().incremental(4, "/d").without(4, "/".repeat(700)).toBytes());

  private final Random random = new Random(9113);
  private final NettyDecoder client = new NettyDecoder();
  private final NettyDecoder remote = new NettyDecoder();
  private final RequestHeaderTranscoder transcoder = new RequestHeaderTranscoder(RULES);

  @Test
  void sameOctetsBecomeWhatTheTableSaysNow() throws Exception {
    for (int i = 0; i < 3; i++) {
      pass(POOL.get(i), false);
    }
    int repeated = 0;
    byte[] previous = {};
    for (int i = 0; i < BLOCKS; i++) {
      byte[] block = random.nextInt(3) == 0 ? previous : POOL.get(random.nextInt(POOL.size()));
      repeated += block == previous ? 1 : 0;
      previous = block;
      if (random.nextInt(20) == 0) {
        client.decode(block);
        transcoder.skip(Unpooled.wrappedBuffer(block));
      } else {
        pass(block, random.nextInt(10) == 0);
      }
    }
    assertThat(repeated).isGreaterThan(BLOCKS / 4);
  }

  private void pass(byte[] block, boolean trailers) throws Exception {
    List<Field> fields = client.decode(block);
    ByteBuf out = Unpooled.buffer();
    ByteBuf in = Unpooled.directBuffer().writeBytes(block);

    transcoder.transcode(in, trailers, out);

    assertThat(in.isReadable()).isFalse();
    in.release();
    assertThat(transcoder.headerFields()).isEqualTo(fields.size());
    if (transcoder.overLimit()) {
      assertThat(out.isReadable()).isFalse();
      return;
    }
    List<Field> expected = trailers ? fields : TranscoderDifferentialTest.replaced(fields, RULES);
    assertThat(remote.decode(ByteBufUtil.getBytes(out)))
        .as(ByteBufUtil.hexDump(block))
        .isEqualTo(TranscoderDifferentialTest.unmarked(expected));
  }
}
