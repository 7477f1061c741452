package io.tlstunnel.junit;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http2.Http2Exception;
import io.tlstunnel.junit.fault.Fault;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class FrameTapTest {
  private static final byte[] PING = Frame.ping(1).encode();

  private final EmbeddedChannel channel = new EmbeddedChannel(tap());

  @AfterEach
  void close() {
    channel.finishAndReleaseAll();
  }

  @Test
  void writesAreDoneWithTheFlushAndNotBefore() {
    ChannelFuture write = channel.write(bytes(0, PING.length));
    assertThat(write.isDone()).isFalse();

    channel.flush();
    assertThat(write.isSuccess()).isTrue();
  }

  @Test
  void partsOfAFrameAreDoneWhenTheFrameIsWhole() {
    ChannelFuture first = channel.writeAndFlush(bytes(0, 9));
    assertThat(first.isDone()).isFalse();

    ChannelFuture rest = channel.writeAndFlush(bytes(9, PING.length));
    assertThat(List.of(first, rest)).allMatch(ChannelFuture::isSuccess);
  }

  @Test
  void whoWritesOnHearingOfAWriteKeepsNobodyWaiting() {
    List<ChannelFuture> again = new ArrayList<>();
    ChannelFuture first = channel.write(bytes(0, PING.length));
    var unused = first.addListener(done -> again.add(channel.writeAndFlush(bytes(0, PING.length))));
    ChannelFuture second = channel.write(bytes(0, PING.length));
    channel.flush();

    assertThat(List.of(first, second)).allMatch(ChannelFuture::isSuccess);
    assertThat(again).singleElement().matches(ChannelFuture::isSuccess);
  }

  @Test
  void unfinishedFrameFailsWithItsConnection() {
    ChannelFuture first = channel.writeAndFlush(bytes(0, 9));
    channel.close();
    assertThat(first.isDone()).isTrue();
    assertThat(first.isSuccess()).isFalse();
  }

  private static ByteBuf bytes(int from, int to) {
    return Unpooled.copiedBuffer(PING, from, to - from);
  }

  private static FrameTap tap() {
    Traffic traffic = new Traffic("tapped");
    FaultPlan plan = new FaultPlan("a tap", Set.of(Fault.class), "any fault");
    return new FrameTap(
        new CallRecorder(traffic, 1),
        (recorder, ends) -> {
          try {
            return new FrameFaults(recorder, plan, 1, ends);
          } catch (Http2Exception e) {
            throw new IllegalStateException(e);
          }
        });
  }
}
