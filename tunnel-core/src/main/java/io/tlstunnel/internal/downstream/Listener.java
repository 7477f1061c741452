package io.tlstunnel.internal.downstream;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.WriteBufferWaterMark;
import io.tlstunnel.internal.relay.RelayContext;
import java.net.InetSocketAddress;

/** The tunnel's port: accepts connections and shows each to the {@link PrefaceCheck}. */
public final class Listener {
  private static final long PREFACE_TIMEOUT_MILLIS = 10_000;
  private static final int BACKLOG = 1_024;

  private Listener() {}

  /**
   * Binds the address.
   *
   * @param watermarks when a leg stops reading because the other does not keep up
   * @return the bind, under way
   */
  public static ChannelFuture bind(
      InetSocketAddress address,
      EventLoopGroup loops,
      Class<? extends ServerChannel> channel,
      WriteBufferWaterMark watermarks,
      RelayContext context) {
    return new ServerBootstrap()
        .group(loops)
        .channel(channel)
        .option(ChannelOption.SO_REUSEADDR, true)
        .option(ChannelOption.SO_BACKLOG, BACKLOG)
        .childOption(ChannelOption.TCP_NODELAY, true)
        .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, watermarks)
        .childOption(ChannelOption.ALLOCATOR, PooledByteBufAllocator.DEFAULT)
        .childHandler(
            new ChannelInitializer<Channel>() {
              @Override
              protected void initChannel(Channel child) {
                context.counters().connectionsAccepted.increment();
                child.pipeline().addLast(new PrefaceCheck(context, PREFACE_TIMEOUT_MILLIS));
              }
            })
        .bind(address);
  }
}
