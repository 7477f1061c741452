package io.tlstunnel.internal.wire;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBufUtil;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HuffmanCodeTest {

  @ParameterizedTest
  @CsvSource({
    "www.example.com, f1e3c2e5f23a6ba0ab90f4ff",
    "no-cache, a8eb10649cbf",
    "custom-key, 25a849e95ba97d7f",
    "302, 6402",
    "307, 640eff",
    "private, aec3771a4b",
    "https://www.example.com, 9d29ad171863c78f0b97c8e9ae82ae43d3",
    "'Mon, 21 Oct 2013 20:13:21 GMT', d07abe941054d444a8200595040b8166e082a62d1bff",
  })
  void examplesOfTheRfcAreEncodedAsThere(String text, String encoded) throws HpackException {
    byte[] octets = HuffmanCode.encode(text.getBytes(ISO_8859_1));
    assertThat(ByteBufUtil.hexDump(octets)).isEqualTo(encoded);
    assertThat(new String(decode(octets), ISO_8859_1)).isEqualTo(text);
  }

  @Test
  void everyOctetSurvivesTheRoundTripThroughNetty() throws Exception {
    NettyDecoder netty = new NettyDecoder();
    for (int symbol = 0; symbol < 256; symbol++) {
      String value = String.valueOf((char) symbol).repeat(3);
      byte[] block = new BlockWriter().huffman(true).without("x", value).toBytes();
      assertThat(netty.decode(block)).containsExactly(Field.of("x", value));
    }
  }

  @Test
  void randomTextSurvivesTheRoundTrip() throws HpackException {
    Random random = new Random(7541);
    for (int i = 0; i < 2000; i++) {
      byte[] text = new byte[random.nextInt(60)];
      random.nextBytes(text);
      byte[] encoded = HuffmanCode.encode(text);
      assertThat(encoded).hasSize(HuffmanCode.encodedLength(text));
      assertThat(decode(encoded)).isEqualTo(text);
    }
  }

  @Test
  void prefixStopsWhereTheTargetIsFull() throws HpackException {
    byte[] encoded = HuffmanCode.encode("application/grpc".getBytes(ISO_8859_1));
    byte[] into = new byte[3];
    assertThat(HuffmanCode.decodePrefix(encoded, 0, encoded.length, into)).isEqualTo(3);
    assertThat(into).isEqualTo("app".getBytes(ISO_8859_1));
  }

  private static byte[] decode(byte[] encoded) throws HpackException {
    // In the middle of an array, as in a block.
    byte[] array = new byte[encoded.length + 10];
    Arrays.fill(array, (byte) 0x55);
    System.arraycopy(encoded, 0, array, 5, encoded.length);
    byte[] text = new byte[HuffmanCode.decodedLength(array, 5, encoded.length)];
    assertThat(HuffmanCode.decodePrefix(array, 5, encoded.length, text)).isEqualTo(text.length);
    return text;
  }
}
