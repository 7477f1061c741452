package io.tlstunnel.internal.wire;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RequestHeaderTranscoderTest {
  private static final String REMOTE = "thanos.example.com";
  private static final Field AUTHORITY = Field.of(":authority", REMOTE);
  private static final Field POST = Field.of(":method", "POST");
  private static final Field HTTPS = Field.of(":scheme", "https");
  private static final Field ROOT = Field.of(":path", "/");

  private final TranscodedConnection connection = new TranscodedConnection(REMOTE);

  private static BlockWriter block() {
    return new BlockWriter();
  }

  @Test
  void authorityAndSchemeAreReplacedAndTheRestPasses() {
    BlockWriter first =
        block()
            .indexed(3)
            .indexed(6)
            .incremental(4, "/thanos.Store/Series")
            .incremental(1, "127.0.0.1:10000")
            .incremental("te", "trailers")
            .incremental(31, "application/grpc");
    Field[] expected = {
      POST,
      HTTPS,
      Field.of(":path", "/thanos.Store/Series"),
      AUTHORITY,
      Field.of("te", "trailers"),
      Field.of("content-type", "application/grpc")
    };
    assertThat(connection.request(first)).containsExactly(expected);

    BlockWriter second =
        block().indexed(3).indexed(6).indexed(65).indexed(64).indexed(63).indexed(62);
    assertThat(connection.request(second)).containsExactly(expected);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void namesAreRecognizedInBothEncodings(boolean huffman) {
    BlockWriter literals =
        block()
            .huffman(huffman)
            .without(":method", "CONNECT")
            .incremental(":scheme", "http")
            .without(":authority", "client")
            .never("host", "client")
            .without("content-type", "application/grpc")
            .without("grpc-timeout", "2S");
    assertThat(connection.request(literals))
        .startsWith(Field.of(":method", "CONNECT"), HTTPS, AUTHORITY, Field.never("host", REMOTE));
    assertThat(connection.transcoder.connectMethod()).isTrue();
    assertThat(connection.transcoder.grpc()).isTrue();
    assertThat(connection.transcoder.grpcTimeoutNanos()).isEqualTo(2_000_000_000L);

    BlockWriter lookalikes =
        block()
            .huffman(huffman)
            .without(":authorita", "client")
            .without(":scheme2", "http")
            .without("hosts", "client")
            .without("content-typo", "application/grpc")
            .without("grpc-timeous", "2S");
    assertThat(connection.request(lookalikes))
        .containsExactly(
            Field.of(":authorita", "client"),
            Field.of(":scheme2", "http"),
            AUTHORITY,
            Field.of("hosts", "client"),
            Field.of("content-typo", "application/grpc"),
            Field.of("grpc-timeous", "2S"));
    assertThat(connection.transcoder.grpc()).isFalse();
    assertThat(connection.transcoder.grpcTimeoutNanos()).isEqualTo(-1);
  }

  @Test
  void neverIndexedFieldsStayNeverIndexed() {
    BlockWriter first =
        block()
            .never(1, "client")
            .never(6, "http")
            .never("authorization", "Bearer secret")
            .never(38, "client")
            .without("x", "y");
    assertThat(connection.request(first))
        .containsExactly(
            Field.never(":authority", REMOTE),
            Field.never(":scheme", "https"),
            Field.never("authorization", "Bearer secret"),
            Field.never("host", REMOTE),
            Field.of("x", "y"));
  }

  @Test
  void neverIndexedFieldNamedByAnEntryThatTheRemoteLacksStaysSo() throws HpackException {
    connection.skip(block().incremental("x-token", "old"));
    assertThat(connection.request(block().indexed(3).never(62, "new").without(62, "other")))
        .containsExactly(
            POST, AUTHORITY, Field.never("x-token", "new"), Field.of("x-token", "other"));
  }

  @Test
  void huffmanLiteralsAreCopiedOctetByOctet() {
    byte[] literals =
        block()
            .huffman(true)
            .without(4, "/thanos.Store/Series")
            .never("cookie", "a=b")
            .incremental("x", "y")
            .toBytes();
    assertThat(new TranscodedConnection((String) null).transcode(literals, false))
        .isEqualTo(literals);
  }

  @Test
  void authorityIsInsertedBehindThePseudoHeaderFields() {
    assertThat(connection.request(block().indexed(3).indexed(7).indexed(4).indexed(38)))
        .containsExactly(POST, HTTPS, ROOT, AUTHORITY, Field.of("host", REMOTE));
    assertThat(connection.request(block().indexed(3).indexed(7).indexed(4)))
        .containsExactly(POST, HTTPS, ROOT, AUTHORITY);
  }

  @Test
  void authorityThatConnectLacksIsNotInserted() {
    assertThat(connection.request(block().without(2, "CONNECT").without("host", "a")))
        .containsExactly(Field.of(":method", "CONNECT"), Field.of("host", REMOTE));
  }

  @Test
  void misplacedAndRepeatedPseudoHeaderFieldsStayWhereTheyAre() {
    BlockWriter malformed =
        block()
            .indexed(4)
            .without(1, "a")
            .incremental(1, "b")
            .without("x", "y")
            .indexed(62)
            .indexed(6)
            .indexed(7)
            .without(38, "c")
            .without("host", "d")
            .indexed(3);
    assertThat(connection.request(malformed))
        .containsExactly(
            ROOT,
            AUTHORITY,
            AUTHORITY,
            Field.of("x", "y"),
            AUTHORITY,
            HTTPS,
            HTTPS,
            Field.of("host", REMOTE),
            Field.of("host", REMOTE),
            POST);
  }

  @Test
  void clientsAuthorityAndHostStayWithoutARule() {
    TranscodedConnection keeping = new TranscodedConnection((String) null);
    BlockWriter request = block().indexed(6).incremental(1, "client").incremental(38, "other");
    assertThat(keeping.request(request))
        .containsExactly(HTTPS, Field.of(":authority", "client"), Field.of("host", "other"));
    assertThat(keeping.request(block().indexed(3))).containsExactly(POST);
  }

  @Test
  void trailersStayAsTheyAre() {
    connection.request(block().incremental(1, "client").incremental("x", "y"));
    BlockWriter trailers =
        block().indexed(63).indexed(6).without("host", "a").incremental("grpc-status", "0");
    assertThat(connection.trailers(trailers))
        .containsExactly(
            Field.of(":authority", "client"),
            Field.of(":scheme", "http"),
            Field.of("host", "a"),
            Field.of("grpc-status", "0"));
    assertThat(connection.trailers(block())).isEmpty();
  }

  @Test
  void authorityThatTrailersPutIntoTheTableIsReplacedInARequest() {
    connection.trailers(block().incremental(1, "client"));
    assertThat(connection.request(block().indexed(62))).containsExactly(AUTHORITY);
  }

  @Test
  void nameMayBeThatOfTheEntryWhichItsInsertionEvicts() {
    String half = "v".repeat(2000);
    connection.request(block().incremental("name", half).incremental("b", half));
    assertThat(connection.request(block().incremental(63, "w".repeat(2100)).indexed(62)))
        .containsExactly(
            AUTHORITY, Field.of("name", "w".repeat(2100)), Field.of("name", "w".repeat(2100)));
  }

  @Test
  void nameMayBeThatOfAnEvictedEntryWhichTheRemoteLacks() throws HpackException {
    connection.skip(block().incremental("name", "v".repeat(4000)));
    assertThat(connection.request(block().incremental(62, "w".repeat(4000)).indexed(62)))
        .containsExactly(
            AUTHORITY, Field.of("name", "w".repeat(4000)), Field.of("name", "w".repeat(4000)));
  }

  @Test
  void entryLargerThanTheTableEmptiesIt() {
    connection.request(block().incremental("a", "b"));
    connection.request(block().incremental("x", "v".repeat(5000)));
    assertThat(connection.request(block().incremental("c", "d").indexed(62)))
        .containsExactly(AUTHORITY, Field.of("c", "d"), Field.of("c", "d"));
  }

  @Test
  void manyEntriesKeepTheirIndices() {
    for (int i = 0; i < 1000; i++) {
      connection.request(
          block().incremental(1, "client" + i).incremental("n" + i, "v").incremental("m" + i, "v"));
    }
    // Three of them take 125 octets.
    for (int age = 0; age < 4096 / 125 * 3; age++) {
      int number = 999 - age / 3;
      Field expected =
          switch (age % 3) {
            case 0 -> Field.of("m" + number, "v");
            case 1 -> Field.of("n" + number, "v");
            default -> AUTHORITY;
          };
      assertThat(connection.request(block().indexed(62 + age))).contains(expected);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "application/grpc, true",
    "application/grpc+proto, true",
    "application/grpc;charset=utf-8, true",
    "Application/GRPC, true",
    "application/grpc-web, false",
    "application/grpc-web+proto, false",
    "application/grp, false",
    "application\u000fgrpc, false",
    "text/plain, false",
  })
  void contentTypeTellsGrpc(String contentType, boolean grpc) {
    for (boolean huffman : new boolean[] {false, true}) {
      connection.request(block().huffman(huffman).incremental(31, contentType));
      assertThat(connection.transcoder.grpc()).isEqualTo(grpc);
      connection.request(block().indexed(62));
      assertThat(connection.transcoder.grpc()).isEqualTo(grpc);
      connection.request(block());
      assertThat(connection.transcoder.grpc()).isFalse();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "1H, 3600000000000",
    "2M, 120000000000",
    "3S, 3000000000",
    "4m, 4000000",
    "5u, 5000",
    "00000006n, 6",
    "0n, 0",
    "99999999H, 9223372036854775807",
    "123456789n, -1",
    "1, -1",
    "S, -1",
    "1s, -1",
    "-1S, -1",
    "1 S, -1",
  })
  void grpcTimeoutIsReadInNanoseconds(String timeout, long nanos) {
    for (boolean huffman : new boolean[] {false, true}) {
      connection.request(block().huffman(huffman).incremental("grpc-timeout", timeout));
      assertThat(connection.transcoder.grpcTimeoutNanos()).isEqualTo(nanos);
      connection.request(block().indexed(62));
      assertThat(connection.transcoder.grpcTimeoutNanos()).isEqualTo(nanos);
      connection.request(block().without(62, timeout));
      assertThat(connection.transcoder.grpcTimeoutNanos()).isEqualTo(nanos);
      connection.request(block());
      assertThat(connection.transcoder.grpcTimeoutNanos()).isEqualTo(-1);
    }
  }
}
