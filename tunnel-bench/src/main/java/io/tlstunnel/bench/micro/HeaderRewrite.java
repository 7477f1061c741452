package io.tlstunnel.bench.micro;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersEncoder;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Headers;
import io.tlstunnel.internal.wire.HeaderRules;
import io.tlstunnel.internal.wire.HpackException;
import io.tlstunnel.internal.wire.RequestHeaderTranscoder;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** Rewriting a gRPC request's header block as grpc-java encodes it; an operation is a block. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class HeaderRewrite {
  private static final int CALLS = 40;

  /** A connection's calls, each encoded for the table that the ones before it left. */
  private static final class Client {
    private final List<ByteBuf> blocks = new ArrayList<>();
    private final RequestHeaderTranscoder transcoder =
        new RequestHeaderTranscoder(new HeaderRules("thanos.example.com", "https", 1 << 16, 100));
    private final ByteBuf out = PooledByteBufAllocator.DEFAULT.directBuffer();
    private int next;

    Client(boolean deadlines) {
      DefaultHttp2HeadersEncoder encoder = new DefaultHttp2HeadersEncoder();
      for (int call = 0; call < CALLS; call++) {
        Http2Headers headers =
            new DefaultHttp2Headers()
                .authority("localhost:10000")
                .path("/thanos.Store/Series")
                .method("POST")
                .scheme("http")
                .add("content-type", "application/grpc")
                .add("te", "trailers")
                .add("user-agent", "grpc-java-netty/1.85.1")
                .add("grpc-accept-encoding", "gzip");
        if (deadlines) {
          headers.add("grpc-timeout", (9_000_000 + call) + "u");
        }
        ByteBuf block = PooledByteBufAllocator.DEFAULT.directBuffer();
        try {
          encoder.encodeHeaders(3 + 2 * call, headers, block);
        } catch (Http2Exception impossible) {
          throw new IllegalStateException(impossible);
        }
        blocks.add(block);
      }
    }

    int call() throws HpackException {
      ByteBuf block = blocks.get(next);
      // The first block fills the table anew; the others stay as they are.
      next = next + 1 == CALLS ? 1 : next + 1;
      out.clear();
      transcoder.transcode(block.readerIndex(0), false, out);
      return out.writerIndex();
    }

    void release() {
      blocks.forEach(ByteBuf::release);
      out.release();
    }
  }

  private final Client plain = new Client(false);
  private final Client withDeadline = new Client(true);

  @TearDown
  public void close() {
    plain.release();
    withDeadline.release();
  }

  /** The same call again: the same octets. */
  @Benchmark
  public int sameCall() throws HpackException {
    return plain.call();
  }

  /** Another deadline each time, which enters the table. */
  @Benchmark
  public int callWithDeadline() throws HpackException {
    return withDeadline.call();
  }
}
