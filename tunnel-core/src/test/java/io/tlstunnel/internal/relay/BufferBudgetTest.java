package io.tlstunnel.internal.relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.tlstunnel.event.Limit;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class BufferBudgetTest {
  private static final int LIMIT = 8 << 20;
  private static final int PIECE = 16_384;

  private final BufferBudget budget = new BufferBudget(LIMIT);
  private final List<LimitException> ended = new ArrayList<>();

  private BufferBudget.Share share() {
    return budget.share(ended::add);
  }

  @Test
  void ordinaryRequestsAreNotCounted() throws LimitException {
    BufferBudget.Share share = share();
    share.grow(BufferBudget.UNCOUNTED);
    assertThat(budget.held()).isZero();
    share.grow(1);
    assertThat(budget.held()).isEqualTo(1);
    share.shrink(2);
    assertThat(budget.held()).isZero();
  }

  @Test
  void largeHolderMakesRoomForSmallOnes() throws LimitException {
    BufferBudget.Share large = share();
    large.grow(LIMIT);
    BufferBudget.Share small = share();
    small.grow(10 * PIECE);
    assertThat(ended)
        .singleElement()
        .satisfies(why -> assertThat(why.limit()).isEqualTo(Limit.BUFFERED_BYTES));
    assertThat(ended.get(0))
        .hasMessage(
            "the tunnel's connections hold more than 8388608 bytes of unfinished headers and"
                + " waiting requests, and this one holds the most: 8372224 (maxBufferedBytes)");
    assertThat(budget.held()).isEqualTo(9 * PIECE);
    assertThatThrownBy(() -> large.grow(PIECE)).isSameAs(ended.get(0));
    large.shrink(LIMIT);
    large.close();
    assertThat(budget.held()).isEqualTo(9 * PIECE);
    small.close();
    assertThat(budget.held()).isZero();
  }

  @Test
  void connectionThatHoldsTheMostItselfIsRefusedAtOnce() throws LimitException {
    BufferBudget.Share small = share();
    small.grow(2 * PIECE);
    BufferBudget.Share large = share();
    assertThatThrownBy(() -> large.grow(2 * LIMIT)).isInstanceOf(LimitException.class);
    assertThat(ended).isEmpty();
    assertThat(budget.held()).isEqualTo(PIECE);
  }

  @Test
  void manyThatTakeWhateverTheyGetLeaveRoomForOneMore() throws LimitException {
    List<BufferBudget.Share> greedy = new ArrayList<>();
    for (int i = 0; i < 500; i++) {
      BufferBudget.Share share = share();
      greedy.add(share);
      try {
        share.grow(LIMIT / 100 + i);
      } catch (LimitException why) {
        ended.add(why);
      }
    }
    assertThat(budget.held()).isLessThanOrEqualTo(LIMIT);
    assertThat(ended).hasSizeGreaterThan(300);
    BufferBudget.Share honest = share();
    assertThatCode(() -> honest.grow(LIMIT / 200)).doesNotThrowAnyException();
    honest.close();
    greedy.forEach(BufferBudget.Share::close);
    assertThat(budget.held()).isZero();
  }

  @Test
  void closedConnectionHoldsNothingWhateverIsStillReleased() throws LimitException {
    BufferBudget.Share share = share();
    share.grow(100_000);
    share.close();
    share.shrink(100_000);
    share.grow(100_000);
    share.close();
    assertThat(budget.held()).isZero();
  }

  @Test
  void roomThatABufferGrowsByIsCountedAndGivenBack() throws LimitException {
    BufferBudget.Share share = share();
    ByteBuf buffer = Unpooled.buffer(0);
    for (int i = 0; i < 10; i++) {
      share.reserve(buffer, PIECE);
      buffer.writeZero(PIECE);
      assertThat(budget.held()).isEqualTo(buffer.capacity() - BufferBudget.UNCOUNTED);
    }
    share.shrink(buffer.capacity());
    assertThat(budget.held()).isZero();
    buffer.release();
  }
}
