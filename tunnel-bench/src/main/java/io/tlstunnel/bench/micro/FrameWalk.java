package io.tlstunnel.bench.micro;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2FrameTypes;
import io.tlstunnel.internal.wire.FrameHandler;
import io.tlstunnel.internal.wire.FrameSplitter;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** Finding the frames in what was read; an operation is a frame. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class FrameWalk {
  private static final int CALLS = 50;
  private static final int FRAMES_PER_CALL = 3;
  private static final int LARGE_FRAMES = 16;
  private static final int READ_BYTES = 262_144;

  /** What the frames go to: it lets all pass and writes them nowhere. */
  private static final class Sink implements FrameHandler {
    private long forwarded;

    @Override
    public Reception reception(byte type, int length) {
      return Reception.HOLD;
    }

    @Override
    public boolean replaces(byte type) {
      return false;
    }

    @Override
    public boolean frame(
        byte type, int flags, int streamId, int length, ByteBuf bytes, int payloadIndex) {
      return true;
    }

    @Override
    public void forward(ByteBuf bytes) {
      forwarded += bytes.readableBytes();
      bytes.release();
    }
  }

  private final Sink sink = new Sink();
  private final FrameSplitter splitter = new FrameSplitter(PooledByteBufAllocator.DEFAULT, sink);
  private final ByteBuf responses = PooledByteBufAllocator.DEFAULT.directBuffer();
  private final ByteBuf download = PooledByteBufAllocator.DEFAULT.directBuffer();

  @Setup
  public void fill() {
    for (int call = 0; call < CALLS; call++) {
      frame(responses, Http2FrameTypes.HEADERS, 12);
      frame(responses, Http2FrameTypes.DATA, 105);
      frame(responses, Http2FrameTypes.HEADERS, 3);
    }
    for (int i = 0; i < LARGE_FRAMES; i++) {
      frame(download, Http2FrameTypes.DATA, FrameSplitter.DEFAULT_MAX_FRAME_SIZE);
    }
  }

  @TearDown
  public void release() {
    responses.release();
    download.release();
  }

  /** Fifty answers of a gRPC server in one read. */
  @Benchmark
  @OperationsPerInvocation(CALLS * FRAMES_PER_CALL)
  public long smallFrames() throws Http2Exception {
    splitter.feed(responses.retain());
    return sink.forwarded;
  }

  /** Frames of 16 KiB in reads of 256 KiB, which end within one. */
  @Benchmark
  @OperationsPerInvocation(LARGE_FRAMES)
  public long largeFrames() throws Http2Exception {
    splitter.feed(download.retainedSlice(0, READ_BYTES));
    splitter.feed(download.retainedSlice(READ_BYTES, download.readableBytes() - READ_BYTES));
    return sink.forwarded;
  }

  private static void frame(ByteBuf out, byte type, int length) {
    out.writeMedium(length).writeByte(type).writeByte(0).writeInt(1).writeZero(length);
  }
}
