package io.tlstunnel.internal.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.Http2Error;
import io.tlstunnel.testpeer.Frame;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FrameWriterTest {
  private static final int MAX = FrameSplitter.DEFAULT_MAX_FRAME_SIZE;

  private final ByteBuf out = Unpooled.buffer();

  @Test
  void framesAreThoseOfTheRfc() {
    FrameWriter.settings(out);
    FrameWriter.settings(out, 0x3, 100);
    FrameWriter.settingsAck(out);
    FrameWriter.ping(out, false, 0x0102_0304_0506_0708L);
    FrameWriter.resetStream(out, 7, Http2Error.REFUSED_STREAM);
    FrameWriter.windowUpdate(out, 0, 4_711);
    FrameWriter.goAway(out, 9, Http2Error.ENHANCE_YOUR_CALM, "why: ä");
    FrameWriter.lastData(out, 3, "body".getBytes(StandardCharsets.UTF_8));
    assertThat(frames())
        .containsExactly(
            Frame.settings(),
            Frame.settings(0x3, 100),
            Frame.settingsAck(),
            Frame.ping(0, 0x0102_0304_0506_0708L),
            Frame.reset(7, 7),
            Frame.windowUpdate(0, 4_711),
            Frame.goAway(9, 11, "why: ä"),
            Frame.data(3, Frame.END_STREAM, "body"));
  }

  @Test
  void debugDataOfGoAwayIsCutAtOneKibibyte() {
    FrameWriter.goAway(out, 0, Http2Error.NO_ERROR, "x".repeat(5_000));
    assertThat(frames().get(0).length()).isEqualTo(8 + 1_024);
  }

  @ParameterizedTest
  @CsvSource({
    "0,0,1",
    "100,0,1",
    "16384,0,1",
    "16129,255,1",
    "16130,255,2",
    "16385,0,2",
    "16384,1,2",
    "32768,0,2",
    "32769,0,3",
    "100000,200,7"
  })
  void blockLongerThanAFrameGoesOnInContinuations(int length, int padding, int expected) {
    byte[] block = new byte[length];
    new Random(length).nextBytes(block);
    FrameWriter.settings(out); // something is there before
    int start = FrameWriter.beginHeaders(out, FrameFlags.END_STREAM, 5);
    out.writeBytes(block);
    FrameWriter.endHeaders(out, start, padding);

    List<Frame> frames = frames();
    assertThat(frames).hasSize(1 + expected);
    assertThat(frames.get(1).type()).isEqualTo(Frame.HEADERS);
    ByteBuf joined = Unpooled.buffer();
    for (int i = 1; i < frames.size(); i++) {
      Frame frame = frames.get(i);
      boolean last = i == frames.size() - 1;
      assertThat(frame.streamId()).isEqualTo(5);
      assertThat(frame.length()).isLessThanOrEqualTo(MAX);
      assertThat(frame.has(Frame.END_HEADERS)).isEqualTo(last);
      int pad = i == 1 ? padding : 0;
      byte[] payload = frame.payload();
      joined.writeBytes(payload, 0, payload.length - pad);
      assertThat(Arrays.copyOfRange(payload, payload.length - pad, payload.length))
          .isEqualTo(new byte[pad]);
      if (i > 1) {
        assertThat(frame.type()).isEqualTo(Frame.CONTINUATION);
        assertThat(frame.flags() & ~Frame.END_HEADERS).isZero();
      } else {
        assertThat(frame.has(Frame.END_STREAM)).isTrue();
      }
    }
    assertThat(ByteBufUtil.getBytes(joined)).isEqualTo(block);
  }

  private List<Frame> frames() {
    List<Frame> frames = new ArrayList<>();
    while (out.isReadable()) {
      byte[] payload = new byte[out.readUnsignedMedium()];
      int type = out.readByte();
      int flags = out.readByte();
      int streamId = out.readInt();
      out.readBytes(payload);
      frames.add(Frame.of(type, flags, streamId, payload));
    }
    return frames;
  }
}
