package io.tlstunnel.internal.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBufUtil;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The examples of RFC 7541, appendix C. */
class RfcExamplesTest {
  private static final Field GET = Field.of(":method", "GET");
  private static final Field HTTPS = Field.of(":scheme", "https");
  private static final Field AUTHORITY = Field.of(":authority", "remote");

  @Test
  void literalsAndIndicesOfC2() {
    TranscodedConnection connection = new TranscodedConnection((String) null);
    assertThat(request(connection, "400a637573746f6d2d6b65790d637573746f6d2d686561646572"))
        .containsExactly(Field.of("custom-key", "custom-header"));
    assertThat(request(connection, "040c2f73616d706c652f70617468"))
        .containsExactly(Field.of(":path", "/sample/path"));
    assertThat(request(connection, "100870617373776f726406736563726574"))
        .containsExactly(Field.never("password", "secret"));
    assertThat(request(connection, "82")).containsExactly(GET);
  }

  @ParameterizedTest
  @CsvSource({
    // C.3: without Huffman coding
    "828684410f7777772e6578616d706c652e636f6d"
        + ", 828684be58086e6f2d6361636865"
        + ", 828785bf400a637573746f6d2d6b65790c637573746f6d2d76616c7565",
    // C.4: with it
    "828684418cf1e3c2e5f23a6ba0ab90f4ff"
        + ", 828684be5886a8eb10649cbf"
        + ", 828785bf408825a849e95ba97d7f8925a849e95bb8e8b4bf",
  })
  void requestsOfC3AndC4(String first, String second, String third) {
    TranscodedConnection connection = new TranscodedConnection("remote");
    assertThat(request(connection, first))
        .containsExactly(GET, HTTPS, Field.of(":path", "/"), AUTHORITY);
    assertThat(request(connection, second))
        .containsExactly(
            GET, HTTPS, Field.of(":path", "/"), AUTHORITY, Field.of("cache-control", "no-cache"));
    assertThat(request(connection, third))
        .containsExactly(
            GET,
            HTTPS,
            Field.of(":path", "/index.html"),
            AUTHORITY,
            Field.of("custom-key", "custom-value"));
  }

  @ParameterizedTest
  @CsvSource({
    // C.5: without Huffman coding
    "4803333032580770726976617465611d4d6f6e2c203231204f637420323031332032303a31333a323120474d54"
        + "6e1768747470733a2f2f7777772e6578616d706c652e636f6d"
        + ", 4803333037c1c0bf"
        + ", 88c1611d4d6f6e2c203231204f637420323031332032303a31333a323220474d54c05a04677a697077"
        + "38666f6f3d4153444a4b48514b425a584f5157454f50495541585157454f49553b206d61782d616765"
        + "3d333630303b2076657273696f6e3d31",
    // C.6: with it
    "488264025885aec3771a4b6196d07abe941054d444a8200595040b8166e082a62d1bff6e919d29ad171863c7"
        + "8f0b97c8e9ae82ae43d3"
        + ", 4883640effc1c0bf"
        + ", 88c16196d07abe941054d444a8200595040b8166e084a62d1bffc05a839bd9ab77ad94e7821dd7f2e6"
        + "c7b335dfdfcd5b3960d5af27087f3672c1ab270fb5291f9587316065c003ed4ee5b1063d5007",
  })
  void evictionsOfC5AndC6(String first, String second, String third) {
    TranscodedConnection connection = new TranscodedConnection((String) null);
    connection.request(new BlockWriter().sizeUpdate(256));
    Field date = Field.of("date", "Mon, 21 Oct 2013 20:13:21 GMT");
    Field privately = Field.of("cache-control", "private");
    Field location = Field.of("location", "https://www.example.com");
    assertThat(request(connection, first))
        .containsExactly(Field.of(":status", "302"), privately, date, location);
    assertThat(request(connection, second))
        .containsExactly(Field.of(":status", "307"), privately, date, location);
    assertThat(request(connection, third))
        .containsExactly(
            Field.of(":status", "200"),
            privately,
            Field.of("date", "Mon, 21 Oct 2013 20:13:22 GMT"),
            location,
            Field.of("content-encoding", "gzip"),
            Field.of("set-cookie", "foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1"));
  }

  private static List<Field> request(TranscodedConnection connection, String hex) {
    return connection.read(connection.transcode(ByteBufUtil.decodeHexDump(hex), false));
  }
}
