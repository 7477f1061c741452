package io.tlstunnel.internal.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HeaderBlockWriterTest {
  private final HeaderBlockWriter writer = new HeaderBlockWriter();

  @Test
  void trailersOnlyReplyIsRead() throws Exception {
    writer
        .field(":status", "200")
        .field("content-type", "application/grpc")
        .field("grpc-status", "14")
        .field("grpc-message", GrpcMessage.encode("connect to 10.0.0.7:443: refused"));
    byte[] block = written();
    assertThat(new NettyDecoder().decode(block))
        .containsExactly(
            Field.of(":status", "200"),
            Field.of("content-type", "application/grpc"),
            Field.of("grpc-status", "14"),
            Field.of("grpc-message", "connect to 10.0.0.7:443: refused"));
    assertThat(block).startsWith(0x88, 0x0f, 31 - 15, 16, 'a');
  }

  @Test
  void dynamicTableOfTheReaderStaysAsItIs() throws Exception {
    NettyDecoder client = new NettyDecoder();
    byte[] remotes = new BlockWriter().incremental("x-remote", "1").toBytes();
    assertThat(client.decode(remotes)).hasSize(1);
    writer.field(":status", "503").field("x-tunnel", "2").field(":status", "200");
    assertThat(client.decode(written())).hasSize(3);
    assertThat(client.decode(new BlockWriter().indexed(62).toBytes()))
        .containsExactly(Field.of("x-remote", "1"));
  }

  @Test
  void tableSizeUpdateStandsInFront() throws Exception {
    NettyDecoder client = new NettyDecoder();
    client.maxHeaderTableSize(100);
    writer.tableSizeUpdate(100).field(":status", "502");
    assertThat(client.decode(written())).containsExactly(Field.of(":status", "502"));
  }

  @Test
  void eachBlockBeginsAnew() {
    writer.field(":status", "200").field(":status", "404");
    assertThat(written()).containsExactly(0x88, 0x8d);
    writer.field(":status", "500");
    assertThat(written()).containsExactly(0x8e);
  }

  @ParameterizedTest
  @CsvSource({"é, U+00E9 at 2", "'\r', U+000D at 2", "\u007f, U+007F at 2"})
  void otherThanPrintableAsciiIsRefused(String bad, String where) {
    String message = where + " of header text (expected: printable ASCII)";
    assertThatIllegalArgumentException()
        .isThrownBy(() -> writer.field("name", "ab" + bad))
        .withMessage(message);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> writer.field("ab" + bad, "value"))
        .withMessage(message);
  }

  @ParameterizedTest
  @CsvSource({
    "TLS handshake with a:443, TLS handshake with a:443",
    "100% 'sure', 100%25 'sure'",
    "~ \u007f, ~ %7F",
    "'a\nb\u0001c', a%0Ab%01c",
    "Zürich 🚇, Z%C3%BCrich %F0%9F%9A%87",
    "'',''",
  })
  void grpcMessageIsPercentEncoded(String text, String encoded) {
    assertThat(GrpcMessage.encode(text)).isEqualTo(encoded);
  }

  private byte[] written() {
    ByteBuf out = Unpooled.buffer();
    writer.writeTo(out);
    return ByteBufUtil.getBytes(out);
  }
}
