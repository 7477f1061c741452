package io.tlstunnel.internal.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.Http2Exception;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Octets that no encoder wrote: random ones, and damaged blocks. What a decoder refuses must not
 * become readable.
 */
class TranscoderGarbageTest {
  private static final int CONNECTIONS = Integer.getInteger("hpack.garbage", 60_000);
  private static final long SEED = Long.getLong("hpack.seed", 7541L);
  private static final int BLOCKS_PER_CONNECTION = 4;

  private final Random random = new Random(SEED);
  private int read;
  private int refused;
  private int passedOn;

  @Test
  @Timeout(value = 10, unit = TimeUnit.MINUTES)
  void garbageIsRefusedOrReadTheSameByTheRemote() {
    for (int connection = 0; connection < CONNECTIONS; connection++) {
      RandomClient client = new RandomClient(random);
      NettyDecoder original = new NettyDecoder();
      NettyDecoder remote = new NettyDecoder();
      RequestHeaderTranscoder transcoder =
          new RequestHeaderTranscoder(
              new HeaderRules(null, "https", Integer.MAX_VALUE, Integer.MAX_VALUE));
      byte[] block = {};
      try {
        for (int i = 0; i < BLOCKS_PER_CONNECTION; i++) {
          block = garbage(client);
          if (!pass(block, original, remote, transcoder)) {
            break;
          }
        }
      } catch (AssertionError | RuntimeException e) {
        throw new AssertionError(
            "seed " + SEED + ", connection " + connection + ": " + ByteBufUtil.hexDump(block), e);
      }
    }
    System.out.printf(
        "hpack: garbage, seed %d: %d blocks read the same, %d refused, %d left to the remote%n",
        SEED, read, refused, passedOn);
    assertThat(List.of(read, refused, passedOn)).allMatch(count -> count > 0);
  }

  /** Whether the connection survived it. */
  private boolean pass(
      byte[] block,
      NettyDecoder original,
      NettyDecoder remote,
      RequestHeaderTranscoder transcoder) {
    List<Field> expected = decode(original, block);
    ByteBuf out = Unpooled.buffer();
    try {
      transcoder.transcode(Unpooled.wrappedBuffer(block), true, out);
    } catch (HpackException e) {
      if (expected != null) {
        // Netty reads integers with any number of superfluous octets.
        assertThat(e).hasMessageStartingWith("integer too large");
      }
      refused++;
      return false;
    }
    assertThat(decode(remote, ByteBufUtil.getBytes(out))).isEqualTo(expected);
    if (expected == null) {
      passedOn++;
      return false;
    }
    read++;
    return true;
  }

  private static @Nullable List<Field> decode(NettyDecoder decoder, byte[] block) {
    try {
      return decoder.decode(block);
    } catch (Http2Exception | IllegalArgumentException e) {
      return null;
    }
  }

  private byte[] garbage(RandomClient client) {
    if (random.nextInt(4) == 0) {
      byte[] block = new byte[random.nextInt(30)];
      random.nextBytes(block);
      return block;
    }
    byte[] block = client.next();
    if (block.length > 0) {
      for (int damages = random.nextInt(3); damages > 0; damages--) {
        block[random.nextInt(block.length)] = (byte) random.nextInt();
      }
    }
    return block;
  }
}
