package io.tlstunnel.internal.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.tlstunnel.testpeer.Frame;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FrameSplitterTest {
  private static final int GATHERED = 0x1;
  private static final int HELD = 0x0;
  private static final int REPLACED = 0x20;
  private static final int DROPPED = 0x80;

  /** Lets pass all frames but those of dropped types, and checks each against what was sent. */
  private static final class Recorder implements FrameHandler {
    private final List<Frame> sent;
    final ByteArrayOutputStream expected = new ByteArrayOutputStream();
    final ByteArrayOutputStream forwarded = new ByteArrayOutputStream();
    int seen;

    Recorder(List<Frame> sent) {
      this.sent = sent;
    }

    @Override
    public Reception reception(byte type, int length) {
      if (length > FrameSplitter.DEFAULT_MAX_FRAME_SIZE) {
        return Reception.STREAM;
      }
      return (type & GATHERED) != 0 ? Reception.GATHER : Reception.HOLD;
    }

    @Override
    public boolean replaces(byte type) {
      return (type & REPLACED) != 0;
    }

    @Override
    public boolean frame(byte type, int flags, int streamId, int length, ByteBuf bytes, int at) {
      Frame frame = sent.get(seen++);
      assertThat(type & 0xff).isEqualTo(frame.type());
      assertThat(flags).isEqualTo(frame.flags());
      assertThat(streamId).isEqualTo(frame.streamId());
      assertThat(length).isEqualTo(frame.length());
      if (reception(type, length) == Reception.GATHER) {
        byte[] payload = new byte[length];
        bytes.getBytes(at, payload);
        assertThat(payload).isEqualTo(frame.payload());
      }
      if (replaces(type)) {
        assertThat(forwarded.size()).as("bytes before the frame").isEqualTo(expected.size());
      }
      boolean passes = (type & DROPPED) == 0;
      if (passes) {
        expected.writeBytes(frame.encode());
      }
      return passes;
    }

    @Override
    public void forward(ByteBuf bytes) {
      byte[] copy = new byte[bytes.readableBytes()];
      bytes.readBytes(copy);
      bytes.release();
      forwarded.writeBytes(copy);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 9, 10, 100, 5_000, 20_000, 1_000_000})
  void framesPassInOrderHoweverTheBytesAreCut(int longestPiece) throws Http2Exception {
    Random random = new Random(longestPiece);
    for (int round = 0; round < 20; round++) {
      List<Frame> frames = randomFrames(random, longestPiece < 10 ? 8 : 60);
      Recorder recorder = new Recorder(frames);
      FrameSplitter splitter = new FrameSplitter(UnpooledByteBufAllocator.DEFAULT, recorder);
      ByteArrayOutputStream wire = new ByteArrayOutputStream();
      frames.forEach(frame -> wire.writeBytes(frame.encode()));
      byte[] bytes = wire.toByteArray();
      for (int at = 0; at < bytes.length; ) {
        int end = Math.min(bytes.length, at + 1 + random.nextInt(longestPiece));
        ByteBuf piece = Unpooled.copiedBuffer(bytes, at, end - at);
        splitter.feed(piece);
        if (splitter.betweenFrames()) {
          assertThat(recorder.forwarded.size())
              .as("whole frames only, %d bytes in", end)
              .isEqualTo(recorder.expected.size());
          assertThat(piece.refCnt()).as("1 while its end is held").isLessThanOrEqualTo(1);
        }
        at = end;
      }
      assertThat(recorder.seen).isEqualTo(frames.size());
      assertThat(recorder.forwarded.toByteArray()).isEqualTo(recorder.expected.toByteArray());
    }
  }

  private static List<Frame> randomFrames(Random random, int count) {
    int[] types = {HELD, GATHERED, REPLACED, REPLACED | GATHERED, DROPPED, DROPPED | GATHERED};
    List<Frame> frames = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      int length =
          switch (random.nextInt(10)) {
            case 0 -> 0;
            case 1 -> FrameSplitter.DEFAULT_MAX_FRAME_SIZE;
            case 2 -> FrameSplitter.DEFAULT_MAX_FRAME_SIZE + 1 + random.nextInt(100);
            default -> random.nextInt(200);
          };
      byte[] payload = new byte[length];
      random.nextBytes(payload);
      frames.add(
          Frame.of(
              types[random.nextInt(types.length)],
              random.nextInt(256),
              random.nextInt() & Integer.MAX_VALUE,
              payload));
    }
    return frames;
  }

  @Test
  void reservedBitOfTheStreamIdIsNotPartOfIt() throws Http2Exception {
    Frame frame = Frame.of(HELD, 0, 5);
    byte[] bytes = frame.encode();
    bytes[5] |= (byte) 0x80;
    Recorder recorder = new Recorder(List.of(frame));
    new FrameSplitter(UnpooledByteBufAllocator.DEFAULT, recorder)
        .feed(Unpooled.wrappedBuffer(bytes));
    assertThat(recorder.forwarded.toByteArray()).isEqualTo(bytes);
  }

  @Test
  void stoppedSplitterReleasesWhatItHoldsAndIgnoresTheRest() throws Http2Exception {
    for (int type : new int[] {HELD, GATHERED}) {
      Frame frame = Frame.of(type, 0, 1, new byte[100]);
      Recorder recorder = new Recorder(List.of(frame));
      FrameSplitter splitter = new FrameSplitter(UnpooledByteBufAllocator.DEFAULT, recorder);
      ByteBuf half = Unpooled.wrappedBuffer(Arrays.copyOf(frame.encode(), 50));
      ByteBuf rest = Unpooled.wrappedBuffer(frame.encode());
      splitter.feed(half);
      splitter.stop();
      splitter.feed(rest);
      assertThat(half.refCnt()).isZero();
      assertThat(rest.refCnt()).isZero();
      assertThat(recorder.seen).isZero();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {100, 20_000})
  void framesBeforeARefusedOneAreForwardedAndNothingLeaks(int length) {
    Frame good = Frame.of(HELD, 0, 1, (byte) 7);
    Frame bad = Frame.of(HELD, 0, 3, new byte[length]);
    Recorder recorder = new Recorder(List.of(good));
    FrameHandler refusing = new Refusing(recorder, 3);
    for (int cut : new int[] {0, 5, 9, 50}) {
      recorder.seen = 0;
      recorder.forwarded.reset();
      FrameSplitter splitter = new FrameSplitter(UnpooledByteBufAllocator.DEFAULT, refusing);
      byte[] badBytes = bad.encode();
      ByteBuf first = Unpooled.wrappedBuffer(good.encode(), Arrays.copyOf(badBytes, cut));
      ByteBuf second = Unpooled.wrappedBuffer(Arrays.copyOfRange(badBytes, cut, badBytes.length));
      boolean judgedAtOnce = length > FrameSplitter.DEFAULT_MAX_FRAME_SIZE && cut >= 9;
      assertThatThrownBy(
              () -> {
                splitter.feed(first);
                splitter.feed(second);
              })
          .isInstanceOf(Http2Exception.class)
          .hasMessage("no");
      assertThat(splitter.betweenFrames()).isTrue();
      splitter.stop();
      assertThat(recorder.forwarded.toByteArray()).isEqualTo(good.encode());
      assertThat(first.refCnt()).isZero();
      assertThat(second.refCnt()).isEqualTo(judgedAtOnce ? 1 : 0);
    }
  }

  /** Throws at the frames of one stream. */
  private record Refusing(Recorder recorder, int refused) implements FrameHandler {
    @Override
    public Reception reception(byte type, int length) {
      return recorder.reception(type, length);
    }

    @Override
    public boolean replaces(byte type) {
      return recorder.replaces(type);
    }

    @Override
    public boolean frame(byte type, int flags, int streamId, int length, ByteBuf bytes, int at)
        throws Http2Exception {
      if (streamId == refused) {
        throw Http2Exception.connectionError(Http2Error.PROTOCOL_ERROR, "no");
      }
      return recorder.frame(type, flags, streamId, length, bytes, at);
    }

    @Override
    public void forward(ByteBuf bytes) {
      recorder.forward(bytes);
    }
  }
}
