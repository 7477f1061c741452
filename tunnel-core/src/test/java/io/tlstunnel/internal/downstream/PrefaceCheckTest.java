package io.tlstunnel.internal.downstream;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.tlstunnel.event.Limit;
import io.tlstunnel.event.TunnelEvent;
import io.tlstunnel.internal.relay.RelayContext;
import io.tlstunnel.internal.relay.RelayLimits;
import io.tlstunnel.internal.relay.RelayOptions;
import io.tlstunnel.internal.upstream.Upstream;
import io.tlstunnel.internal.upstream.UpstreamOptions;
import io.tlstunnel.tls.ServerTrust;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class PrefaceCheckTest {
  @Test
  void connectionThatStaysSilentOrStopsHalfwayIsClosedWhenTheTimeIsUp() {
    List<TunnelEvent> events = new ArrayList<>();
    try (Upstream nowhere = upstream()) {
      RelayContext context = new RelayContext(nowhere, options(), events::add);
      Listener listener = new Listener(context);
      for (byte[] begun : new byte[][] {{}, {'P', 'R', 'I'}}) {
        events.clear();
        EmbeddedChannel channel =
            new EmbeddedChannel(
                new PrefaceCheck(listener, listener::admit, context, Duration.ofSeconds(1)));
        channel.writeInbound(Unpooled.wrappedBuffer(begun));
        channel.advanceTimeBy(500, TimeUnit.MILLISECONDS);
        channel.runScheduledPendingTasks();
        assertThat(channel.isOpen()).isTrue();
        channel.advanceTimeBy(501, TimeUnit.MILLISECONDS);
        channel.runScheduledPendingTasks();
        assertThat(channel.isOpen()).isFalse();
        assertThat(events)
            .first()
            .isEqualTo(
                new TunnelEvent.LimitHit(
                    0, Limit.PREFACE_TIMEOUT, "no HTTP/2 preface within 1000 ms (prefaceTimeout)"));
        assertThat(events)
            .last()
            .isInstanceOfSatisfying(
                TunnelEvent.NotHttp2.class,
                event -> assertThat(event.what()).isEqualTo("no HTTP/2 preface within 1000 ms"));
      }
      assertThat(context.counters().connectionsNotHttp2.sum()).isEqualTo(2);
      assertThat(context.counters().limitHits()).containsEntry(Limit.PREFACE_TIMEOUT, 2L);
    }
  }

  private static Upstream upstream() {
    return new Upstream(
        new UpstreamOptions(
            "remote.test",
            443,
            null,
            ServerTrust.system(),
            null,
            List.of(),
            List.of(),
            List.of(),
            Duration.ofSeconds(1),
            Map.of()),
        NioSocketChannel.class,
        InetAddress::getAllByName);
  }

  private static RelayOptions options() {
    return new RelayOptions(
        null,
        new RelayLimits(
            65_536,
            100,
            128,
            16_384,
            1_000,
            65_536,
            Duration.ofSeconds(1),
            Duration.ofSeconds(1),
            Duration.ofSeconds(1)),
        Duration.ofSeconds(1),
        Duration.ZERO,
        Duration.ofSeconds(1),
        Duration.ZERO,
        Duration.ZERO);
  }
}
