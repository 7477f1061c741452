package io.tlstunnel.internal.wire;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.util.concurrent.FastThreadLocalThread;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What a block costs once its connection is warm: no garbage, and little time, which is printed.
 */
class TranscoderAllocationTest {
  private static final int ROUNDS = Integer.getInteger("hpack.rounds", 8_000);
  private static final int CALLS_PER_ROUND = 40;
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  /**
   * How clients of the field write the same call again and again, with another deadline each time.
   */
  private enum Client {
    /** Everything enters the table, plain; so does each deadline. */
    GRPC_JAVA(false) {
      @Override
      BlockWriter later(BlockWriter block, int number) {
        int te = 65 + number;
        return block
            .indexed(te + 3)
            .indexed(3)
            .indexed(te + 2)
            .indexed(6)
            .indexed(te + 1)
            .indexed(te)
            .indexed(te - 1)
            .indexed(te - 2)
            .incremental(te - 3, (9_000_000 + number) + "u");
      }
    },
    /** The same, Huffman-encoded. */
    GRPC_GO(true) {
      @Override
      BlockWriter later(BlockWriter block, int number) {
        return GRPC_JAVA.later(block, number);
      }
    },
    /** The path and the deadline never enter the table. */
    NGHTTP2(true) {
      @Override
      BlockWriter later(BlockWriter block, int number) {
        return block
            .indexed(3)
            .indexed(6)
            .without(4, "/thanos.Store/Series")
            .indexed(68)
            .indexed(66)
            .indexed(65)
            .indexed(64)
            .indexed(63)
            .without(62, (9_000_000 + number) + "u");
      }
    };

    private final boolean huffman;

    Client(boolean huffman) {
      this.huffman = huffman;
    }

    abstract BlockWriter later(BlockWriter block, int number);

    /** A first call, which fills the table, and more that use it. */
    List<byte[]> calls() {
      List<byte[]> calls = new ArrayList<>();
      BlockWriter first = new BlockWriter().huffman(huffman);
      first.incremental(1, "localhost:10000").indexed(3).indexed(6);
      first.incremental(4, "/thanos.Store/Series");
      first.incremental("content-type", "application/grpc");
      first.incremental("te", "trailers");
      first.incremental("user-agent", "grpc-java-netty/1.85.1");
      first.incremental("grpc-accept-encoding", "gzip");
      calls.add(first.incremental("grpc-timeout", "9999999u").toBytes());
      for (int number = 0; number < CALLS_PER_ROUND; number++) {
        calls.add(later(new BlockWriter().huffman(huffman), number).toBytes());
      }
      return calls;
    }
  }

  @ParameterizedTest
  @EnumSource
  void warmConnectionAllocatesNothing(Client client) throws Exception {
    // As in an event loop, where Netty's thread-locals are fast.
    FutureTask<Long> measurement = new FutureTask<>(() -> bytesPerBlocks(client));
    Thread thread = new FastThreadLocalThread(measurement, "hpack");
    thread.start();
    assertThat(measurement.get()).isLessThan((long) ROUNDS * CALLS_PER_ROUND);
  }

  private static long bytesPerBlocks(Client client) throws HpackException {
    UnpooledByteBufAllocator buffers = new UnpooledByteBufAllocator(true, true);
    List<ByteBuf> blocks = new ArrayList<>();
    for (byte[] block : client.calls()) {
      blocks.add(buffers.directBuffer(block.length).writeBytes(block));
    }
    ByteBuf out = buffers.directBuffer(1024);
    RequestHeaderTranscoder transcoder =
        new RequestHeaderTranscoder(new HeaderRules("thanos.example.com", "https", 1 << 16, 100));

    transcode(transcoder, blocks, out);
    long bytes = THREADS.getCurrentThreadAllocatedBytes();
    long nanos = THREADS.getCurrentThreadCpuTime();
    transcode(transcoder, blocks, out);
    nanos = THREADS.getCurrentThreadCpuTime() - nanos;
    bytes = THREADS.getCurrentThreadAllocatedBytes() - bytes;

    System.out.printf(
        "hpack: %s, %d octets of 9 fields: %d ns of CPU per block%n",
        client, blocks.get(1).writerIndex(), nanos / ROUNDS / blocks.size());
    blocks.forEach(ByteBuf::release);
    out.release();
    return bytes;
  }

  private static void transcode(
      RequestHeaderTranscoder transcoder, List<ByteBuf> blocks, ByteBuf out) throws HpackException {
    for (int round = 0; round < ROUNDS; round++) {
      for (int i = 0; i < blocks.size(); i++) {
        out.clear();
        transcoder.transcode(blocks.get(i).readerIndex(0), false, out);
      }
    }
  }
}
