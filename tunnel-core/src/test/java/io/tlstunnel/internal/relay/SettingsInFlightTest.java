package io.tlstunnel.internal.relay;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.tlstunnel.testpeer.Frame;
import org.junit.jupiter.api.Test;

class SettingsInFlightTest {
  private static final int TABLE_SIZE = 0x1;
  private static final int MAX_FRAME_SIZE = 0x5;
  private static final int CAP = 65_536;

  private final SettingsInFlight settings = new SettingsInFlight(CAP, Greeting.FIRST);

  @Test
  void defaultsAreThoseOfTheProtocol() {
    assertThat(settings.allowed()).isEqualTo(4_096);
    assertThat(settings.maxFrameSize()).isEqualTo(16_384);
    assertThat(settings.unacknowledged()).isZero();
  }

  @Test
  void increaseCountsWhenItIsForwarded() {
    forward(TABLE_SIZE, 8_000);
    assertThat(settings.allowed()).isEqualTo(8_000);
    settings.acknowledged();
    assertThat(settings.allowed()).isEqualTo(8_000);
  }

  @Test
  void decreaseCountsWhenItIsAcknowledged() {
    forward(TABLE_SIZE, 0);
    assertThat(settings.allowed()).isEqualTo(4_096);
    settings.acknowledged();
    assertThat(settings.allowed()).isZero();
  }

  @Test
  void acknowledgementOfADecreaseDoesNotTakeBackALaterIncrease() {
    forward(TABLE_SIZE, 100);
    forward(0x3, 7);
    forward(TABLE_SIZE, 9_000);
    forward(TABLE_SIZE, 200);
    settings.acknowledged();
    settings.acknowledged();
    assertThat(settings.allowed()).isEqualTo(9_000);
    settings.acknowledged();
    assertThat(settings.allowed()).isEqualTo(9_000);
    settings.acknowledged();
    assertThat(settings.allowed()).isEqualTo(200);
    assertThat(settings.unacknowledged()).isZero();
  }

  @Test
  void lastOfSeveralValuesInAFrameIsTheOneThatStays() {
    forward(TABLE_SIZE, 9_000, TABLE_SIZE, 50);
    assertThat(settings.allowed()).isEqualTo(9_000);
    settings.acknowledged();
    assertThat(settings.allowed()).isEqualTo(50);
  }

  @Test
  void offersBeyondTheCapAreLoweredInTheFrameItself() {
    ByteBuf frame = forward(0x3, 1, TABLE_SIZE, -1, TABLE_SIZE, CAP, 0x4, 70_000);
    assertThat(frame)
        .isEqualTo(
            Unpooled.wrappedBuffer(
                Frame.settings(0x3, 1, TABLE_SIZE, CAP, TABLE_SIZE, CAP, 0x4, 70_000).encode()));
    assertThat(settings.allowed()).isEqualTo(CAP);
  }

  @Test
  void largestFrameSizeEverOfferedIsAllowed() {
    forward(MAX_FRAME_SIZE, 100_000);
    forward(MAX_FRAME_SIZE, 20_000);
    assertThat(settings.maxFrameSize()).isEqualTo(100_000);
  }

  @Test
  void acknowledgementOfNothingChangesNothing() {
    settings.acknowledged();
    assertThat(settings.allowed()).isEqualTo(4_096);
  }

  @Test
  void halfAnEntryAtTheEndIsNotRead() {
    ByteBuf frame = Unpooled.wrappedBuffer(new byte[] {0, 1, 0, 0, 1});
    settings.forwarded(frame, 0, 5);
    assertThat(settings.allowed()).isEqualTo(4_096);
    assertThat(settings.unacknowledged()).isEqualTo(1);
  }

  @Test
  void whatTheGreetingMadeFinalIsRewritten() {
    assertThat(forward(0x8, 1, 0x9, 1, 0x9, 0, 0x9, 2, 0x2a2a, 9))
        .isEqualTo(
            Unpooled.wrappedBuffer(
                Frame.settings(0x8, 1, 0x9, 0, 0x9, 0, 0x9, 2, 0x2a2a, 9).encode()));
  }

  private ByteBuf forward(int... idsAndValues) {
    ByteBuf frame = Unpooled.wrappedBuffer(Frame.settings(idsAndValues).encode());
    settings.forwarded(frame, 9, frame.readableBytes() - 9);
    return frame;
  }
}
