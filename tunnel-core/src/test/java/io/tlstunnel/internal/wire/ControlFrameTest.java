package io.tlstunnel.internal.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2FrameTypes;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ControlFrameTest {
  @ParameterizedTest
  @CsvSource({
    "1, 0, 6, FRAME_SIZE_ERROR, SETTINGS with ACK and 6 bytes (expected: 0)",
    "1, 3, 0, PROTOCOL_ERROR, SETTINGS on stream 3",
    "0, 5, 6, PROTOCOL_ERROR, SETTINGS on stream 5",
    "0, 0, 7, FRAME_SIZE_ERROR, SETTINGS of 7 bytes (expected: a multiple of 6)"
  })
  void settingsThatAreNone(int flags, int streamId, int length, Http2Error error, String told) {
    assertThatExceptionOfType(Http2Exception.class)
        .isThrownBy(() -> ControlFrame.requireSettings(flags, streamId, length))
        .withMessage(told)
        .satisfies(e -> assertThat(e.error()).isEqualTo(error));
  }

  @ParameterizedTest
  @CsvSource({
    "3, 5, RST_STREAM of 5 bytes (expected: 4)",
    "3, 0, RST_STREAM of 0 bytes (expected: 4)",
    "8, 3, WINDOW_UPDATE of 3 bytes (expected: 4)"
  })
  void fieldOfAnotherLength(byte type, int length, String told) {
    assertThatExceptionOfType(Http2Exception.class)
        .isThrownBy(() -> ControlFrame.requireLength(type, length))
        .withMessage(told)
        .satisfies(e -> assertThat(e.error()).isEqualTo(Http2Error.FRAME_SIZE_ERROR));
  }

  @Test
  void whatIsSoundPasses() throws Http2Exception {
    ControlFrame.requireSettings(FrameFlags.ACK, 0, 0);
    ControlFrame.requireSettings(0, 0, 0);
    ControlFrame.requireSettings(0, 0, 12);
    ControlFrame.requireLength(Http2FrameTypes.RST_STREAM, 4);
    ControlFrame.requireLength(Http2FrameTypes.WINDOW_UPDATE, 4);
    ControlFrame.requireLength(Http2FrameTypes.PRIORITY, 4);
  }
}
