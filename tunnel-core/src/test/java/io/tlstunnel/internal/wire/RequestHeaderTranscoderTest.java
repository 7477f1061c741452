package io.tlstunnel.internal.wire;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class RequestHeaderTranscoderTest {
  private static final String REMOTE = "thanos.example.com";

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
      Field.of(":method", "POST"),
      Field.of(":scheme", "https"),
      Field.of(":path", "/thanos.Store/Series"),
      Field.of(":authority", REMOTE),
      Field.of("te", "trailers"),
      Field.of("content-type", "application/grpc")
    };
    assertThat(connection.request(first)).containsExactly(expected);

    BlockWriter second =
        block().indexed(3).indexed(6).indexed(65).indexed(64).indexed(63).indexed(62);
    assertThat(connection.request(second)).containsExactly(expected);
  }
}
