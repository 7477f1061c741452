package io.tlstunnel.internal.upstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class HostLookupTest {
  @Test
  void whoeverAsksDuringALookupGetsItsAnswer() throws Exception {
    CountDownLatch answer = new CountDownLatch(1);
    AtomicInteger lookups = new AtomicInteger();
    try (HostLookup lookup =
        new HostLookup(
            "remote.example",
            host -> {
              lookups.incrementAndGet();
              await(answer);
              return InetAddress.getAllByName("127.0.0.1");
            })) {
      CompletableFuture<List<InetAddress>> first = lookup.addresses();
      CompletableFuture<List<InetAddress>> second = lookup.addresses();
      answer.countDown();
      assertThat(second.get(20, TimeUnit.SECONDS)).isEqualTo(first.get(20, TimeUnit.SECONDS));
      assertThat(lookups).hasValue(1);
      lookup.addresses().get(20, TimeUnit.SECONDS);
      assertThat(lookups).hasValue(2);
    }
  }

  @Test
  void addressesKeepTheResolversOrder() throws Exception {
    InetAddress[] order = {
      InetAddress.getByAddress(new byte[] {127, 0, 0, 3}),
      InetAddress.getByAddress(new byte[] {127, 0, 0, 1})
    };
    try (HostLookup lookup = new HostLookup("remote.example", host -> order)) {
      assertThat(lookup.addresses().get(20, TimeUnit.SECONDS)).containsExactly(order);
    }
  }

  @Test
  void closedLookupTakesNoQuestion() {
    HostLookup lookup = new HostLookup("remote.example", InetAddress::getAllByName);
    lookup.close();
    assertThatThrownBy(lookup::addresses).isInstanceOf(RejectedExecutionException.class);
  }

  private static void await(CountDownLatch latch) {
    try {
      assertThat(latch.await(20, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
