package io.tlstunnel.internal.upstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.embedded.EmbeddedChannel;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RecordTypesTest {
  private static final int HANDSHAKE = 22;
  private static final int APPLICATION_DATA = 23;

  private final RecordTypes types = new RecordTypes(new HandshakeNotes(null));
  private final EmbeddedChannel channel = new EmbeddedChannel(types);

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 7, 1_000})
  void handshakeRecordAfterTheHandshakeIsFoundHoweverTheBytesCome(int pieces) {
    read(records(HANDSHAKE, HANDSHAKE), pieces);
    established("TLSv1.2");
    ByteBuf data = records(APPLICATION_DATA, 21, APPLICATION_DATA);
    int passed = data.readableBytes();
    read(data, pieces);
    assertThat(received()).isEqualTo(2 * 25 + passed);
    assertRefuses(records(APPLICATION_DATA, HANDSHAKE));
  }

  @Test
  void contentThatLooksLikeAHandshakeIsNone() {
    established("TLSv1.2");
    byte[] content = new byte[300];
    Arrays.fill(content, (byte) HANDSHAKE);
    read(record(APPLICATION_DATA, content), 1);
    assertThat(received()).isEqualTo(305);
  }

  @Test
  void emptyRecordIsFollowedByAnother() {
    established("TLSv1.2");
    read(record(APPLICATION_DATA, new byte[0]), 1_000);
    assertThat(received()).isEqualTo(5);
    assertRefuses(records(HANDSHAKE));
  }

  @Test
  void nothingIsLookedAtInTls13() {
    established("TLSv1.3");
    assertThat(channel.pipeline().get(RecordTypes.class)).isNull();
  }

  @Test
  void firstRecordSaysWhetherTheHelloWasAnswered() {
    read(records(21, HANDSHAKE), 1_000);
    assertThat(types.helloAnswered()).isFalse();
    RecordTypes others = new RecordTypes(new HandshakeNotes(null));
    new EmbeddedChannel(others).writeInbound(records(HANDSHAKE));
    assertThat(others.helloAnswered()).isTrue();
  }

  private void established(String version) {
    ChannelHandlerContext ctx = channel.pipeline().firstContext();
    types.established(ctx, version);
  }

  private void assertRefuses(ByteBuf bytes) {
    assertThatThrownBy(() -> read(bytes, 1_000))
        .isInstanceOf(RefusedServerException.class)
        .hasMessage(
            "the remote wants to shake hands again (TLS renegotiation), which HTTP/2 forbids");
    assertThat(channel.inboundMessages()).isEmpty();
  }

  private int received() {
    int bytes = 0;
    for (ByteBuf read = channel.readInbound(); read != null; read = channel.readInbound()) {
      bytes += read.readableBytes();
      read.release();
    }
    return bytes;
  }

  private void read(ByteBuf bytes, int pieces) {
    try {
      while (bytes.isReadable()) {
        channel.writeInbound(bytes.readRetainedSlice(Math.min(pieces, bytes.readableBytes())));
      }
    } finally {
      bytes.release();
    }
  }

  private static ByteBuf records(int... types) {
    ByteBuf all = Unpooled.buffer();
    for (int type : types) {
      ByteBuf record = record(type);
      all.writeBytes(record);
      record.release();
    }
    return all;
  }

  private static ByteBuf record(int type) {
    return record(type, new byte[20]);
  }

  private static ByteBuf record(int type, byte[] content) {
    return Unpooled.buffer()
        .writeByte(type)
        .writeShort(0x0303)
        .writeShort(content.length)
        .writeBytes(content);
  }
}
