package io.tlstunnel.internal.downstream;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.util.NetUtil;
import io.tlstunnel.internal.relay.ConnectionPair;
import io.tlstunnel.internal.relay.RefusedConnections;
import io.tlstunnel.internal.relay.RelayContext;
import io.tlstunnel.internal.relay.RelayLimits;
import io.tlstunnel.internal.runtime.SocketBuffers;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The tunnel's port: accepts connections and shows each to the {@link PrefaceCheck}. */
public final class Listener extends ChannelInitializer<Channel> {
  private static final int BACKLOG = 1_024;

  private final RelayContext context;
  private final AtomicInteger connections = new AtomicInteger();
  private final Set<Channel> strangers = ConcurrentHashMap.newKeySet();
  private final RefusedConnections refused;
  private volatile @Nullable Channel port;
  private volatile boolean closed;

  public Listener(RelayContext context) {
    this.context = context;
    this.refused = new RefusedConnections(context);
  }

  /**
   * Binds the address, and waits until that is done.
   *
   * @return the bind, done
   */
  public ChannelFuture bind(
      InetSocketAddress address, EventLoopGroup loops, Class<? extends ServerChannel> channel) {
    ChannelFuture bound =
        new ServerBootstrap()
            .group(loops)
            .channel(channel)
            .option(ChannelOption.SO_REUSEADDR, true)
            .option(ChannelOption.SO_BACKLOG, BACKLOG)
            .childOption(ChannelOption.TCP_NODELAY, true)
            .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, SocketBuffers.WATERMARKS)
            .childOption(SocketBuffers.READ_SIZES, SocketBuffers.readSizes())
            .childOption(ChannelOption.ALLOCATOR, PooledByteBufAllocator.DEFAULT)
            .childHandler(this)
            .bind(address)
            .awaitUninterruptibly();
    port = bound.channel();
    return bound;
  }

  @Override
  protected void initChannel(Channel child) {
    context.counters().connectionsAccepted.increment();
    RelayLimits limits = context.options().limits();
    strangers.add(child);
    child.closeFuture().addListener(gone -> strangers.remove(child));
    if (connections.incrementAndGet() > limits.maxConnections()) {
      connections.decrementAndGet(); // It takes no place while it is being turned away.
      if (refused.tooMany(child)) {
        awaitPreface(child, refused::answer);
      }
    } else {
      child.closeFuture().addListener(gone -> connections.decrementAndGet());
      awaitPreface(child, this::admit);
    }
    if (closed) {
      child.close();
    }
  }

  private void awaitPreface(Channel child, Consumer<Channel> admission) {
    Duration timeout = context.options().limits().prefaceTimeout();
    child.pipeline().addLast(new PrefaceCheck(this, admission, context, timeout));
  }

  @Override
  public boolean isSharable() {
    return true;
  }

  /** The connection speaks HTTP/2: from now on it belongs to its pair. */
  void admit(Channel child) {
    strangers.remove(child);
    ConnectionPair pair = ConnectionPair.begin(context, child);
    if (closed) {
      // It slipped in while the tunnel closed, perhaps after the pairs had been told.
      pair.shutDown("the tunnel was closed");
    }
  }

  /** The port as a person knows it. */
  String address() {
    return port != null && port.localAddress() instanceof InetSocketAddress address
        ? NetUtil.toSocketAddressString(address)
        : "the tunnel's port";
  }

  /** Answers a connection that does not speak HTTP/2, and closes it. */
  void turnAway(Channel child, ByteBuf answer) {
    refused.turnAway(child, answer);
  }

  /** Frees the port and closes all connections that no pair has. */
  public void close() {
    closed = true;
    Channel open = port;
    if (open != null) {
      open.close();
    }
    strangers.forEach(Channel::close);
  }

  /** Waits until the port is free. Not on an event loop. */
  public void awaitClosed(long nanos) {
    Channel open = port;
    if (open != null) {
      open.closeFuture().awaitUninterruptibly(nanos, TimeUnit.NANOSECONDS);
    }
    for (Channel stranger : strangers) {
      stranger.closeFuture().awaitUninterruptibly(nanos, TimeUnit.NANOSECONDS);
    }
  }
}
