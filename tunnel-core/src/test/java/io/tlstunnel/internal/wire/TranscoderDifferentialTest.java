package io.tlstunnel.internal.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/**
 * Random blocks of an independent encoder, transcoded, and read by two decoders: what they read
 * must be what the rules make of what was written. {@code -Dhpack.blocks=5000000} for a long run,
 * {@code -Dhpack.seed=} for another one.
 */
class TranscoderDifferentialTest {
  private static final int BLOCKS = Integer.getInteger("hpack.blocks", 200_000);
  private static final long SEED = Long.getLong("hpack.seed", 7541L);
  private static final int MAX_BLOCKS_PER_CONNECTION = 300;

  private static final Pattern TIMEOUT = Pattern.compile("([0-9]{1,8})([HMSmun])");

  // Without leak detection, which would cost more than all the rest.
  private static final ByteBufAllocator BUFFERS = new UnpooledByteBufAllocator(true, true);

  private final Random random = new Random(SEED);

  @Test
  void remoteReadsWhatTheRulesMakeOfTheClientsFields() throws Exception {
    Map<Outcome, Integer> seen = new EnumMap<>(Outcome.class);
    int blocks = 0;
    for (int connection = 0; blocks < BLOCKS; connection++) {
      int length = 1 + random.nextInt(MAX_BLOCKS_PER_CONNECTION);
      Connection subject = new Connection(random);
      for (int i = 0; i < length; i++, blocks++) {
        try {
          Outcome outcome = subject.step();
          seen.merge(outcome, 1, Integer::sum);
          if (outcome == Outcome.FAR_OVER_LIMIT) {
            break;
          }
        } catch (AssertionError | Exception e) {
          throw new AssertionError(
              "seed " + SEED + ", connection " + connection + ", block " + i + ": " + subject, e);
        }
      }
    }
    System.out.printf("hpack: %d blocks exact, seed %d: %s%n", blocks, SEED, seen);
    assertThat(seen).containsOnlyKeys(Outcome.values());
  }

  private enum Outcome {
    REQUEST,
    TRAILERS,
    SKIPPED,
    OVER_LIMIT,
    /** The end of the connection. */
    FAR_OVER_LIMIT
  }

  private static final class Connection {
    private final Random random;
    private final HeaderRules rules;
    private final RandomClient client;
    private final NettyDecoder original = new NettyDecoder();
    private NettyDecoder remote = new NettyDecoder();
    private MarkingDecoder marks = new MarkingDecoder();
    private RequestHeaderTranscoder transcoder;
    private boolean tableSizeChanged;
    private byte[] block = {};
    private boolean twoUpdatesOfItsOwn;

    Connection(Random random) {
      this.random = random;
      boolean tight = random.nextInt(4) == 0;
      rules =
          new HeaderRules(
              random.nextInt(6) == 0
                  ? null
                  : "a".repeat(1 + random.nextInt(random.nextBoolean() ? 4 : 200)),
              random.nextInt(8) == 0 ? "http" : "https",
              tight ? 700 : 1 << 16,
              tight ? 12 : 100);
      client = new RandomClient(random);
      transcoder = new RequestHeaderTranscoder(rules);
    }

    Outcome step() throws Exception {
      if (random.nextInt(50) == 0) {
        changeTableSize();
      } else if (!tableSizeChanged && random.nextInt(30) == 0) {
        takeAnotherRemote();
      }
      block = client.next();
      twoUpdatesOfItsOwn |= client.sizeUpdates() > 1;
      assertThat(original.decode(block))
          .as("the encoder itself")
          .isEqualTo(unmarked(client.fields()));

      Outcome outcome = pass();
      if (outcome == Outcome.FAR_OVER_LIMIT) {
        assertThat(client.listSize()).isGreaterThan(rules.maxReadListSize());
        return outcome;
      }
      assertThat(client.listSize()).isLessThanOrEqualTo(rules.maxReadListSize());
      assertThat(transcoder.headerFields()).isEqualTo(client.fields().size());
      assertThat(transcoder.headerListSize()).isEqualTo(client.listSize());
      assertThat(transcoder.grpc()).isEqualTo(isGrpc(client.fields()));
      assertThat(transcoder.grpcTimeoutNanos()).isEqualTo(timeoutNanos(client.fields()));
      assertThat(transcoder.connectMethod())
          .isEqualTo(client.fields().stream().anyMatch(TranscoderDifferentialTest::isConnect));
      return outcome;
    }

    private Outcome pass() throws Exception {
      ByteBuf in = random.nextBoolean() ? BUFFERS.heapBuffer() : BUFFERS.directBuffer();
      in.writeBytes(block);
      ByteBuf out = BUFFERS.heapBuffer();
      try {
        if (random.nextInt(8) == 0) {
          transcoder.skip(in);
          return Outcome.SKIPPED;
        }
        boolean trailers = random.nextInt(8) == 0;
        transcoder.transcode(in, trailers, out);
        boolean overLimit =
            client.fields().size() > rules.maxHeaderFields()
                || client.listSize() > rules.maxHeaderListSize();
        assertThat(transcoder.overLimit()).isEqualTo(overLimit);
        if (overLimit) {
          assertThat(out.isReadable()).isFalse();
          return Outcome.OVER_LIMIT;
        }
        byte[] transcoded = ByteBufUtil.getBytes(out);
        List<Field> expected = trailers ? client.fields() : replaced(client.fields(), rules);
        assertThat(remote.decode(transcoded)).isEqualTo(unmarked(expected));
        assertThat(marks.decode(transcoded)).isEqualTo(expected);
        assertThat(marks.refusedByGo() && !twoUpdatesOfItsOwn)
            .as("size updates that only the tunnel puts into one block")
            .isFalse();
        return trailers ? Outcome.TRAILERS : Outcome.REQUEST;
      } catch (HeaderListException tooLong) {
        return Outcome.FAR_OVER_LIMIT;
      } finally {
        assertThat(in.isReadable()).isFalse();
        in.release();
        out.release();
      }
    }

    /** One that has read nothing takes the place of one that has said nothing. */
    private void takeAnotherRemote() {
      remote = new NettyDecoder();
      marks = new MarkingDecoder();
      transcoder = transcoder.forAnotherRemote();
    }

    private void changeTableSize() throws Exception {
      tableSizeChanged = true;
      int size = random.nextInt(4) == 0 ? 0 : random.nextInt(9000);
      original.maxHeaderTableSize(size);
      remote.maxHeaderTableSize(size);
      transcoder.maxDynamicTableSize(size);
      client.sizeLimit(size);
    }

    @Override
    public String toString() {
      return rules + " " + ByteBufUtil.hexDump(block);
    }
  }

  static List<Field> unmarked(List<Field> fields) {
    return fields.stream().map(Field::unmarked).toList();
  }

  static List<Field> replaced(List<Field> fields, HeaderRules rules) {
    List<Field> replaced = new ArrayList<>();
    for (Field field : fields) {
      replaced.add(new Field(field.name(), valueOf(field, rules), field.never()));
    }
    String authority = rules.authority();
    int head = 0;
    while (head < fields.size() && fields.get(head).name().startsWith(":")) {
      head++;
    }
    List<Field> pseudo = fields.subList(0, head);
    if (authority != null
        && pseudo.stream().noneMatch(field -> field.name().equals(":authority"))
        && pseudo.stream().noneMatch(TranscoderDifferentialTest::isConnect)) {
      replaced.add(head, Field.of(":authority", authority));
    }
    return replaced;
  }

  private static String valueOf(Field field, HeaderRules rules) {
    String authority = rules.authority();
    return switch (field.name()) {
      case ":scheme" -> rules.scheme();
      case ":authority", "host" -> authority == null ? field.value() : authority;
      default -> field.value();
    };
  }

  private static boolean isConnect(Field field) {
    return field.unmarked().equals(Field.of(":method", "CONNECT"));
  }

  private static boolean isGrpc(List<Field> fields) {
    return fields.stream()
        .anyMatch(
            field ->
                field.name().equals("content-type")
                    && field.value().matches("(?i)application/grpc([+;](?s:.)*)?"));
  }

  private static long timeoutNanos(List<Field> fields) {
    long nanos = -1;
    for (Field field : fields) {
      if (field.name().equals("grpc-timeout")) {
        Matcher timeout = TIMEOUT.matcher(field.value());
        nanos =
            timeout.matches()
                ? unit(timeout.group(2)).toNanos(Long.parseLong(timeout.group(1)))
                : -1;
      }
    }
    return nanos;
  }

  private static TimeUnit unit(String letter) {
    return switch (letter) {
      case "H" -> TimeUnit.HOURS;
      case "M" -> TimeUnit.MINUTES;
      case "S" -> TimeUnit.SECONDS;
      case "m" -> TimeUnit.MILLISECONDS;
      case "u" -> TimeUnit.MICROSECONDS;
      default -> TimeUnit.NANOSECONDS;
    };
  }
}
