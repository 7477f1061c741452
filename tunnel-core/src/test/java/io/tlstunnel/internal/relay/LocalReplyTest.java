package io.tlstunnel.internal.relay;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class LocalReplyTest {
  @Test
  void messageIsPercentEncodedForGrpcAndPlainForOthers() {
    LocalReply reply = LocalReply.unavailable("50 % of\nä");
    assertThat(written(reply, true)).contains("50 %25 of%0A%C3%A4");
    assertThat(written(reply, false)).endsWith("50 % of\nä");
  }

  @Test
  void messageStaysWithinWhatClientsTakeOfHeaders() {
    String message = "é".repeat(4_000);
    assertThat(written(LocalReply.unavailable(message), true).length()).isBetween(5_000, 7_000);
    assertThat(LocalReply.unavailable(message).message()).startsWith("éé").endsWith("…");
    assertThat(LocalReply.unavailable("short").message()).isEqualTo("short");
  }

  private static String written(LocalReply reply, boolean grpc) {
    ByteBuf out = Unpooled.buffer();
    reply.write(out, 1, grpc, new ClientSettings(), 1_000);
    return out.toString(StandardCharsets.UTF_8);
  }
}
